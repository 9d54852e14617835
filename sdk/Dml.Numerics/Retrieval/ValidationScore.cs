using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>What training is validated by (numerics, section 3): NMI and R@1 of held-out classes, and their harmonic mean.</summary>
/// <param name="RecallAt1">R@1 of the items among themselves.</param>
/// <param name="NormalizedMutualInformation">NMI of k-means with one cluster a class.</param>
public sealed record ValidationScore(double RecallAt1, double NormalizedMutualInformation)
{
    /// <summary>Harmonic mean of the two, 0 where both are 0.</summary>
    public double HarmonicMean => RecallAt1 + NormalizedMutualInformation > 0
        ? 2 * RecallAt1 * NormalizedMutualInformation / (RecallAt1 + NormalizedMutualInformation)
        : 0;

    /// <summary>Scores embeddings.</summary>
    /// <param name="embeddings">(M, E), floating point, at least two items.</param>
    /// <param name="labels">(M) classes.</param>
    /// <param name="seed">Seed of k-means: the run's.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An embedding is not finite.</exception>
    public static ValidationScore Of(Tensor embeddings, IReadOnlyList<long> labels, long seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var recall = RetrievalMetrics.RecallAt(labels, labels, NearestNeighbours.Within(embeddings, 1, cancellationToken), 1);
        var clustering = KMeans.Run(embeddings, labels.Distinct().Count(), new() { Seed = seed }, null, cancellationToken);
        return new(recall, ClusteringMetrics.NormalizedMutualInformation(labels, clustering.Clusters));
    }
}
