using System.Globalization;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Evaluation;

/// <summary>Retrieval metrics of the test split (numerics, section 4).</summary>
/// <param name="settings">How to evaluate.</param>
/// <param name="progress">Told about long work.</param>
/// <param name="cancellationToken">Stops it.</param>
internal sealed class RetrievalEvaluation(EvaluationSettings settings, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
{
    /// <summary>The view that the metrics belong to, where it is another one than that of confusions and influence.</summary>
    public const string EvaluationView = "evaluation";

    /// <summary>The view that both evaluation and influence use.</summary>
    public const string SharedView = "shared";

    private static readonly int[] SplitRanks = [1, 2, 4, 8];
    private static readonly int[] GalleryRanks = [1, 10, 20, 30, 40, 50];

    private long MemoryBytes => (long)settings.Options.MemoryMegabytes << 20;

    /// <summary>Evaluates.</summary>
    /// <param name="set">The features.</param>
    /// <param name="dataset">Names of the classes, and how many test items are queries to the others; null for a features file: all among themselves.</param>
    /// <param name="epochs">The training curve to keep beside the figures.</param>
    public RunMetrics Evaluate(FeatureSet set, DatasetRecord? dataset, IReadOnlyList<EpochLoss> epochs)
    {
        using var scope = NewDisposeScope();
        var labels = set.TestLabels.data<long>().ToArray();
        var queryCount = dataset?.QueryCount;
        var candidates = queryCount is { } queries ? set.TestCount - queries : set.TestCount - 1;
        if (candidates < 1) throw new DmlException($"{set.Source}: expected at least two test items to search among, found {set.TestCount}.");
        int[] ranks = [.. (queryCount is null ? SplitRanks : GalleryRanks).Where(k => k <= candidates)];
        var embeddings = Rows(set.EvaluationFeatures is null ? set.TestEmbeddings() : set.EvaluationEmbeddings());
        var scores = RetrievalScores.Of(embeddings, labels, queryCount, ranks, settings.Options.MapAtR, MemoryBytes, progress, cancellationToken);
        (double Nmi, KmeansRecord Facts)? clustering = settings.Options.Nmi ? Cluster(embeddings, labels) : null;
        return new(scores.Recall.ToDictionary(r => r.Key.ToString(CultureInfo.InvariantCulture), r => r.Value, StringComparer.Ordinal), scores.Queries, scores.Wrong, epochs)
        {
            View = set.EvaluationFeatures is null ? SharedView : EvaluationView,
            UnitEmbeddings = settings.Options.UnitEmbeddings,
            MapAtR = scores.MapAtR,
            Nmi = clustering?.Nmi,
            Kmeans = clustering?.Facts,
            InfluenceView = set.EvaluationFeatures is null ? null : InfluenceView(set, labels, queryCount),
            Classes = [.. scores.Classes.OrderByDescending(c => c.Wrong).ThenBy(c => c.Label).Select(c => Record(c, dataset))],
        };
    }

    /// <summary>All test items are clustered, queries and gallery together, one cluster for each of their classes.</summary>
    private (double Nmi, KmeansRecord Facts) Cluster(Tensor embeddings, long[] labels)
    {
        var options = new KMeansOptions
        {
            Seed = settings.Seed,
            Restarts = settings.Options.KmeansRestarts,
            MostIterations = settings.Options.KmeansIterations,
            MemoryBytes = MemoryBytes,
        };
        var clusters = labels.Distinct().Count();
        var found = KMeans.Run(embeddings, clusters, options, progress, cancellationToken);
        return (
            ClusteringMetrics.NormalizedMutualInformation(labels, found.Clusters),
            new(clusters, settings.Seed, options.Restarts, found.Iterations, found.Converged, found.Inertia));
    }

    private ViewRecord InfluenceView(FeatureSet set, long[] labels, int? queryCount)
    {
        using var scope = NewDisposeScope();
        var scores = RetrievalScores.Of(Rows(set.TestEmbeddings()), labels, queryCount, [1], mapAtR: false, MemoryBytes, progress, cancellationToken);
        return new(scores.Recall[0].Value, scores.Wrong);
    }

    private Tensor Rows(Tensor embeddings) => settings.Options.UnitEmbeddings ? UnitRows.Of(embeddings) : embeddings;

    private static ClassRecord Record(ClassScore score, DatasetRecord? dataset)
    {
        return new(
            score.Label, Name(score.Label), score.Queries, score.Wrong, score.RecallAt1, score.MapAtR,
            score.ConfusedWith, score.ConfusedWith is { } other ? Name(other) : null, score.ConfusedCount);

        string Name(long label) => dataset is not null && label < dataset.ClassNames.Count ? dataset.ClassNames[(int)label] : $"class {label}";
    }
}
