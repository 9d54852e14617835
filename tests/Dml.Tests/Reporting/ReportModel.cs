using Dml.Engine.Reporting;
using Dml.Engine.Verification;

namespace Dml.Tests.Reporting;

/// <summary>All that the sections of a report show, in one place where tests change a part of it.</summary>
internal sealed record ReportModel
{
    public required string Title { get; init; }

    public required ReportFacts Facts { get; init; }

    public IReadOnlyList<RetrievalTable> Retrieval { get; init; } = [];

    public IReadOnlyList<ReportClass> Classes { get; init; } = [];

    public ConfusionMatrix? Matrix { get; init; }

    public EmbeddingMap? Map { get; init; }

    public IReadOnlyList<TrainingEpoch> Training { get; init; } = [];

    public IReadOnlyList<ExplainedConfusion> Confusions { get; init; } = [];

    public MislabelSummary? Mislabels { get; init; }

    public VerifyRecord? Verified { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public string SettingsJson { get; init; } = "";

    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Images { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();

    /// <summary>The report's file.</summary>
    public string Render() => HtmlReport.Render(new() { Title = Title, Facts = Facts, Warnings = Warnings, Images = Images, Sections = [.. Sections()] });

    private IEnumerable<FilledSection> Sections()
    {
        yield return new QualitySection().With(new() { Retrieval = Retrieval, Classes = Classes, Matrix = Matrix, Map = Map, Training = Training });
        if (Mislabels is not null) yield return new MislabelSection().With(Mislabels);
        var allRight = Retrieval is [{ QueryCount: > 0, ErrorCount: 0 }, ..];
        yield return new ConfusionSection().With(new() { Facts = Facts, Confusions = Confusions, AllRight = allRight });
        if (Verified is not null) yield return new VerifySection().With(Verified);
        yield return new RunSection().With(new(Facts, SettingsJson));
    }
}
