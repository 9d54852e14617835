using System.Globalization;
using Dml.Host.Features;
using Dml.Host.Runs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Host.Explaining;

/// <summary>R@k of the test split.</summary>
internal static class RetrievalEvaluation
{
    private static readonly int[] SplitRanks = [1, 2, 4, 8];
    private static readonly int[] GalleryRanks = [1, 10, 20, 30, 40, 50];

    /// <summary>Evaluates.</summary>
    /// <param name="set">The features.</param>
    /// <param name="queryCount">The first test items are queries to the others; null: all test items among themselves.</param>
    /// <param name="epochs">The training curve to keep beside the figures.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static RunMetrics Evaluate(FeatureSet set, int? queryCount, IReadOnlyList<EpochLoss> epochs, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var embeddings = set.TestEmbeddings();
        var labels = set.TestLabels.data<long>().ToArray();
        var queries = queryCount ?? set.TestCount;
        var candidates = queryCount is null ? set.TestCount - 1 : set.TestCount - queries;
        if (candidates < 1) throw new DmlException($"{set.Source}: expected at least two test items to search among, found {set.TestCount}.");
        int[] ranks = [.. (queryCount is null ? SplitRanks : GalleryRanks).Where(k => k <= candidates)];
        var neighbours = queryCount is null
            ? NearestNeighbours.Within(embeddings, ranks[^1], cancellationToken)
            : NearestNeighbours.Between(embeddings.narrow(0, 0, queries), embeddings.narrow(0, queries, candidates), ranks[^1], cancellationToken);
        var gallery = queryCount is null ? labels : labels[queries..];
        var recall = ranks.ToDictionary(k => k.ToString(CultureInfo.InvariantCulture), k => RetrievalMetrics.RecallAt(labels[..queries], gallery, neighbours, k), StringComparer.Ordinal);
        var wrong = Enumerable.Range(0, queries).Count(i => gallery[neighbours.At(i)] != labels[i]);
        return new(recall, queries, wrong, epochs);
    }
}
