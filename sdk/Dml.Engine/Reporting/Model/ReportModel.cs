namespace Dml.Engine.Reporting;

/// <summary>
/// All that the report of one run shows, as plain data. The same model always renders to the same bytes, so every time and
/// duration in the report comes from here.
/// </summary>
public sealed record ReportModel
{
    /// <summary>The heading of the report, usually the name of the run.</summary>
    public required string Title { get; init; }

    /// <summary>What was run, on what, with what.</summary>
    public required ReportFacts Facts { get; init; }

    /// <summary>Retrieval quality, one table for each image view; the first is the headline. Empty when nothing was evaluated.</summary>
    public IReadOnlyList<RetrievalTable> Retrieval { get; init; } = [];

    /// <summary>Retrieval quality of each test class in the first of these views, in the order in which it is shown; empty for none.</summary>
    public IReadOnlyList<ReportClass> Classes { get; init; } = [];

    /// <summary>What the classes with most errors are taken for; null leaves it out.</summary>
    public ConfusionMatrix? Matrix { get; init; }

    /// <summary>Where the classes with most errors lie; null leaves it out.</summary>
    public EmbeddingMap? Map { get; init; }

    /// <summary>The training curves in the order of the epochs; empty for a run that only evaluates.</summary>
    public IReadOnlyList<TrainingEpoch> Training { get; init; } = [];

    /// <summary>The explained retrieval errors in the order in which they are shown.</summary>
    public IReadOnlyList<ExplainedConfusion> Confusions { get; init; } = [];

    /// <summary>How well mislabelled training images were found; null when it is not known which are mislabelled.</summary>
    public MislabelSummary? Mislabels { get; init; }

    /// <summary>Experiments that were run on this run.</summary>
    internal IReadOnlyList<ExperimentResult> Experiments { get; init; } = [];

    /// <summary>What the reader must know before trusting the figures: skipped corrupt images, classes with one image.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The resolved config, already indented; shown collapsed. Empty for none.</summary>
    public string SettingsJson { get; init; } = "";

    /// <summary>
    /// PNG or JPEG bytes by image id. An image is written into the report once, however many samples show it; one that no sample
    /// shows is left out. Thumbnails of about 160 pixels keep a report small.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Images { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();
}
