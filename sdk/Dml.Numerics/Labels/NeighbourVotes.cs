using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// What the neighbours of each training sample say of its class (Liu et al., NeurIPS 2022; numerics, section 8): its k nearest other
/// samples vote with weight exp(-distance), and the votes are normalised to 1.
/// </summary>
/// <param name="ClassCount">C.</param>
/// <param name="Shares">Row-major (N, C); each row sums to 1.</param>
public sealed record NeighbourVotes(int ClassCount, IReadOnlyList<double> Shares)
{
    /// <summary>The published k: the lower median of the class sizes, but fewer than the samples.</summary>
    /// <param name="labels">(N) labels.</param>
    public static int DefaultK(IReadOnlyList<long> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        int[] sizes = [.. labels.CountBy(l => l).Select(c => c.Value).Order()];
        return Math.Max(1, Math.Min(sizes[(sizes.Length - 1) / 2], labels.Count - 1));
    }

    /// <summary>Votes of the published number of nearest other samples.</summary>
    /// <param name="embeddings">(N, E), raw, N at least 2.</param>
    /// <param name="labels">(N) labels from 0.</param>
    /// <param name="classCount">C, above every label.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static NeighbourVotes Within(Tensor embeddings, IReadOnlyList<long> labels, int classCount, CancellationToken cancellationToken = default) =>
        Of(labels, NearestNeighbours.Within(embeddings, DefaultK(labels), cancellationToken), classCount);

    /// <summary>Counts the votes.</summary>
    /// <param name="labels">(N) labels from 0.</param>
    /// <param name="neighbours">The k nearest other samples of each sample, with Euclidean distances of raw embeddings.</param>
    /// <param name="classCount">C, above every label.</param>
    public static NeighbourVotes Of(IReadOnlyList<long> labels, Neighbours neighbours, int classCount)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(neighbours);
        var shares = new double[labels.Count * classCount];
        for (var i = 0; i < labels.Count; i++)
        {
            // Shares stay the same when all distances shrink alike, so far neighbours do not underflow.
            var (first, nearest, sum) = (i * neighbours.K, neighbours.Distances[i * neighbours.K], 0.0);
            for (var rank = 0; rank < neighbours.K; rank++)
            {
                var vote = Math.Exp(nearest - neighbours.Distances[first + rank]);
                shares[(i * classCount) + (int)labels[neighbours.Indices[first + rank]]] += vote;
                sum += vote;
            }

            for (var c = 0; c < classCount; c++) shares[(i * classCount) + c] /= sum;
        }

        return new(classCount, shares);
    }

    /// <summary>The share of a class in the votes for a sample.</summary>
    public double Share(int sample, long label) => Shares[(sample * ClassCount) + (int)label];

    /// <summary>The class with most votes; of equal ones the smallest.</summary>
    /// <param name="sample">Index of the sample.</param>
    /// <param name="except">A class that is not considered; null for none.</param>
    public int Best(int sample, long? except = null)
    {
        var best = -1;
        for (var c = 0; c < ClassCount; c++)
        {
            if (c != except && (best < 0 || Share(sample, c) > Share(sample, best))) best = c;
        }

        return best;
    }
}
