using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Detectors of different kinds joined without any label known to be wrong: each gives the odds that a label is wrong, made without the label
/// itself, and the logarithms of the odds are averaged. They are <see cref="LabelGaussians"/> on the embeddings, the same on the backbone's features,
/// which have memorised less of the labels, and the neighbours' votes.
/// </summary>
/// <param name="OfEmbeddings">Gaussians on unit embeddings.</param>
/// <param name="OfFeatures">Gaussians on unit features; null where there are too many numbers.</param>
/// <param name="Votes">Votes of the nearest embeddings; null where there are too many samples.</param>
/// <param name="LogOdds">(N) mean log odds that the label is wrong, higher = more suspicious.</param>
public sealed record LabelConsensus(LabelGaussians OfEmbeddings, LabelGaussians? OfFeatures, NeighbourVotes? Votes, IReadOnlyList<double> LogOdds)
{
    /// <summary>Features of more numbers than this, 2^28, have no part: Gaussians on them cost D^2 a sample.</summary>
    public const long MostFeatureNumbers = 1L << 28;

    /// <summary>With more samples than this neighbours have no part: an exact search costs N^2.</summary>
    public const int MostVoters = 200_000;

    /// <summary>With more shares of votes than this, 2^27, neighbours have no part.</summary>
    public const long MostVotes = 1L << 27;

    /// <summary>A class without votes, or with all, is as sure as one vote in a thousand allows.</summary>
    private const double LeastVote = 1e-3;

    /// <summary>Joins them.</summary>
    /// <param name="embeddings">(N, E), floating point, raw.</param>
    /// <param name="features">(N, D) of the backbone; null where there are too many numbers. Called once.</param>
    /// <param name="featureNumbers">N D.</param>
    /// <param name="labels">(N) labels from 0.</param>
    /// <param name="classCount">C.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static LabelConsensus Of(
        Tensor embeddings, Func<Tensor> features, long featureNumbers, IReadOnlyList<long> labels, int classCount,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var ofEmbeddings = Gaussians(embeddings);
        var ofFeatures = featureNumbers <= MostFeatureNumbers ? Gaussians(features()) : null;
        var canVote = labels.Count <= MostVoters && (long)labels.Count * classCount <= MostVotes;
        var votes = canVote ? NeighbourVotes.Within(embeddings, labels, classCount, cancellationToken) : null;
        return new(ofEmbeddings, ofFeatures, votes, [.. labels.Select((_, i) => Mean(i))]);

        LabelGaussians Gaussians(Tensor rows) => LabelGaussians.OfUnit(rows, labels, classCount, cancellationToken: cancellationToken);

        double Mean(int i)
        {
            double?[] odds = [ofEmbeddings.LogOdds[i], ofFeatures?.LogOdds[i], votes is null ? null : VoteOdds(votes.Share(i, labels[i]))];
            return odds.OfType<double>().Average();
        }
    }

    private static double VoteOdds(double own)
    {
        var bounded = Math.Clamp(own, LeastVote, 1 - LeastVote);
        return Math.Log((1 - bounded) / bounded);
    }
}
