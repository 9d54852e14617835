using System.Globalization;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Evaluation;

/// <summary>Retrieval metrics of the test split (numerics, section 4).</summary>
/// <param name="settings">How to evaluate.</param>
/// <param name="progress">Receives progress.</param>
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
        var labels = set.TestLabels.Values<long>();
        var queryCount = dataset?.QueryCount;
        var candidates = queryCount is { } queries ? set.TestCount - queries : set.TestCount - 1;
        if (candidates < 1) throw new DmlException($"{set.Source}: expected at least two test items to search among, found {set.TestCount}.");
        RecallAtK[] recall = [.. (queryCount is null ? SplitRanks : GalleryRanks).Where(k => k <= candidates).Select(k => new RecallAtK(k))];
        var wanted = MetricList.Of(settings.Options);
        QueryMetric[] ofQueries = [.. recall, .. wanted.OfType<QueryMetric>()];
        ClusteringMetric[] ofClustering = [.. wanted.OfType<ClusteringMetric>()];
        var embeddings = Rows(set.EvaluationFeatures is null ? set.TestEmbeddings() : set.EvaluationEmbeddings());
        var scores = RetrievalScores.Of(embeddings, labels, queryCount, ofQueries, MemoryBytes, progress, [.. recall.Select(r => r.K)], cancellationToken);
        (KMeans Found, KmeansRecord Facts)? clustering = ofClustering.Length > 0 ? Cluster(embeddings, labels) : null;
        var values = ofQueries.Zip(scores.Means, (metric, mean) => KeyValuePair.Create(metric.Name, mean))
            .Concat(ofClustering.Select(metric => KeyValuePair.Create(metric.Name, (double?)metric.Of(labels, clustering!.Value.Found.Clusters))))
            .ToDictionary();
        return new(
            recall.ToDictionary(r => r.K.ToString(CultureInfo.InvariantCulture), r => values[r.Name]!.Value, StringComparer.Ordinal),
            scores.Queries, scores.Wrong, epochs)
        {
            View = set.EvaluationFeatures is null ? SharedView : EvaluationView,
            UnitEmbeddings = settings.Options.UnitEmbeddings,
            MapAtR = values.GetValueOrDefault(MeanAveragePrecisionAtR.Key),
            Nmi = values.GetValueOrDefault(NormalizedMutualInformation.Key),
            Metrics = Others(wanted, values),
            Kmeans = clustering?.Facts,
            LoneItems = Lone(labels, queryCount) is var lone and > 0 ? lone : null,
            Ties = scores.Ties.Count == 0 ? null : scores.Ties,
            InfluenceView = set.EvaluationFeatures is null ? null : InfluenceView(set, labels, queryCount),
            Classes = [.. scores.Classes.OrderByDescending(c => c.Wrong).ThenBy(c => c.Label).Select(c => Record(c, ofQueries, dataset))],
        };
    }

    /// <summary>Queries for which no other item that is searched has their class.</summary>
    private static int Lone(long[] labels, int? queryCount)
    {
        if (queryCount is not { } queries) return labels.CountBy(label => label).Count(c => c.Value == 1);
        var gallery = labels.Skip(queries).ToHashSet();
        return labels.Take(queries).Count(label => !gallery.Contains(label));
    }

    /// <summary>All test items are clustered, queries and gallery together, one cluster for each of their classes.</summary>
    private (KMeans Found, KmeansRecord Facts) Cluster(Tensor embeddings, long[] labels)
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
        return (found, new(clusters, settings.Seed, options.Restarts, found.Iterations, found.Converged, found.Inertia));
    }

    private ViewRecord InfluenceView(FeatureSet set, long[] labels, int? queryCount)
    {
        using var scope = NewDisposeScope();
        var scores = RetrievalScores.Of(Rows(set.TestEmbeddings()), labels, queryCount, [], MemoryBytes, progress, cancellationToken: cancellationToken);
        return new(scores.RecallAt1, scores.Wrong);
    }

    private Tensor Rows(Tensor embeddings) => settings.Options.UnitEmbeddings ? UnitRows.Of(embeddings) : embeddings;

    /// <summary>The values of metrics that have no place of their own in the record; null where there are none.</summary>
    private static Dictionary<string, double?>? Others(IEnumerable<RetrievalMetric> metrics, Dictionary<string, double?> values)
    {
        string[] names =
        [
            .. metrics.Where(m => m is not RecallAtK && m.Name is not (MeanAveragePrecisionAtR.Key or NormalizedMutualInformation.Key)).Select(m => m.Name),
        ];
        return names.Length == 0 ? null : names.ToDictionary(name => name, name => values[name], StringComparer.Ordinal);
    }

    private static ClassRecord Record(ClassScore score, QueryMetric[] metrics, DatasetRecord? dataset)
    {
        var values = metrics.Zip(score.Means, (metric, mean) => KeyValuePair.Create(metric.Name, mean)).ToDictionary();
        return new(
            score.Label, Name(score.Label), score.Queries, score.Wrong, score.RecallAt1, values.GetValueOrDefault(MeanAveragePrecisionAtR.Key),
            score.ConfusedWith, score.ConfusedWith is { } other ? Name(other) : null, score.ConfusedCount)
        {
            Metrics = Others(metrics, values),
        };

        string Name(long label) => dataset is not null && label < dataset.ClassNames.Count ? dataset.ClassNames[(int)label] : $"class {label}";
    }
}
