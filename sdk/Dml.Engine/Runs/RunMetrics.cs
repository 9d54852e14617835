using Dml.Numerics;
using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>One trained epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Mean training loss.</param>
internal sealed record EpochLoss(int Epoch, double Loss);

/// <summary>metrics.json: retrieval quality on the test split and the training curve.</summary>
/// <param name="Recall">R@k by k.</param>
/// <param name="TestItems">Number of queries: M, or those of the query set where there is a gallery.</param>
/// <param name="WrongItems">Queries whose nearest neighbour has another class.</param>
/// <param name="Epochs">Training curve; empty for a model trained elsewhere.</param>
internal sealed record RunMetrics(IReadOnlyDictionary<string, double> Recall, int TestItems, int WrongItems, IReadOnlyList<EpochLoss> Epochs)
{
    /// <summary>The image view that was evaluated: <c>evaluation</c>, or <c>shared</c> where influence uses the same; null in old files.</summary>
    public string? View { get; init; }

    /// <summary>Whether distances were taken between unit embeddings.</summary>
    public bool UnitEmbeddings { get; init; }

    /// <summary>MAP@R over the queries with a relevant item; null where none has or it was not computed.</summary>
    public double? MapAtR { get; init; }

    /// <summary>NMI of k-means over all test items; null where it was not computed.</summary>
    public double? Nmi { get; init; }

    /// <summary>Further metrics by name; the value is null where no query has the figure. Null where none was asked for.</summary>
    public IReadOnlyDictionary<string, double?>? Metrics { get; init; }

    /// <summary>The clustering that NMI, and any other metric of a clustering, is of.</summary>
    public KmeansRecord? Kmeans { get; init; }

    /// <summary>The same queries in the view of confusions and influence, where that is another one.</summary>
    public ViewRecord? InfluenceView { get; init; }

    /// <summary>
    /// Queries for which no other item that is searched has their class, so that no model gets them right; they count as wrong. Null for none.
    /// </summary>
    public int? LoneItems { get; init; }

    /// <summary>For each k the queries that a tie decides, where there are any; null where there are none, and in old files.</summary>
    public IReadOnlyList<TiedQueries>? Ties { get; init; }

    /// <summary>The classes of the queries, most wrong first, then by label.</summary>
    public IReadOnlyList<ClassRecord> Classes { get; init; } = [];

    /// <summary>What this was computed from; null in old files.</summary>
    public Origin? Origin { get; init; }

    public static RunMetrics? TryRead(string path) => RunFile.TryRead(path, RunJson.Default.RunMetrics, Mention.Operation("train"));

    /// <summary>Writes metrics.json and classes.csv, which replace those before them together.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="origin">What they were computed from.</param>
    public void Write(RunFolder run, Origin origin)
    {
        using var set = new FileSet(run.Path);
        var classes = Path.GetFileName(run.Classes);
        var written = this with
        {
            Origin = origin with { Files = new Dictionary<string, string> { [classes] = set.Add(classes, ClassRecord.ToCsv(Classes)) } },
        };
        RunFile.Write(set.Add(Path.GetFileName(run.Metrics)), written, RunJson.Default.RunMetrics);
        set.Commit();
    }
}
