namespace Dml.Numerics;

/// <summary>
/// Whether two classes can be told apart by their nearest neighbours (Schilling, Journal of the American Statistical Association 81, 1986): the share
/// of neighbours, within both classes taken together, that are of the other class, against its distribution over random labels of the same
/// sizes. A share as high as by chance means that the labels say nothing of where the samples lie.
/// </summary>
/// <param name="CrossShare">Share of neighbours of the other class.</param>
/// <param name="ByChance">Its expectation where labels are drawn at random: 2 a b / ((a + b) (a + b - 1)).</param>
/// <param name="Probability">The probability of a share as low or lower by random labels: small where the classes lie apart.</param>
public sealed record InterleavingTest(double CrossShare, double ByChance, double Probability)
{
    private const long Stream = -31;

    /// <summary>Tests two classes.</summary>
    /// <param name="neighbours">Nearest others of each sample within both classes.</param>
    /// <param name="isFirst">Which samples are of the first class; both classes have some.</param>
    /// <param name="permutations">Random labellings, at least 1.</param>
    /// <param name="seed">Decides them.</param>
    public static InterleavingTest Of(Neighbours neighbours, IReadOnlyList<bool> isFirst, int permutations, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(neighbours);
        ArgumentNullException.ThrowIfNull(isFirst);
        bool[] labels = [.. isFirst];
        var observed = Cross(neighbours, labels);
        var random = new CounterRandom(seed, Stream, 0);
        var asLow = 1;
        for (var i = 0; i < permutations; i++)
        {
            random.Shuffle<bool>(labels);
            if (Cross(neighbours, labels) <= observed) asLow++;
        }

        var (all, first) = ((double)labels.Length, labels.Count(l => l));
        return new(
            (double)observed / neighbours.Indices.Count, 2 * first * (all - first) / (all * (all - 1)), asLow / (permutations + 1.0));
    }

    private static int Cross(Neighbours neighbours, bool[] labels)
    {
        var cross = 0;
        for (var at = 0; at < neighbours.Indices.Count; at++)
        {
            if (labels[at / neighbours.K] != labels[neighbours.Indices[at]]) cross++;
        }

        return cross;
    }
}
