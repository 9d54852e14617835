using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Temporary.</summary>
public sealed record ValidationScore(double RecallAt1, double NormalizedMutualInformation)
{
    /// <summary>Temporary.</summary>
    public double HarmonicMean => RecallAt1;

    /// <summary>Temporary.</summary>
    public static ValidationScore Of(Tensor embeddings, IReadOnlyList<long> labels, long seed, CancellationToken cancellationToken = default) =>
        new(RetrievalMetrics.RecallAt(labels, labels, NearestNeighbours.Within(embeddings, 1, cancellationToken), 1), 0);
}
