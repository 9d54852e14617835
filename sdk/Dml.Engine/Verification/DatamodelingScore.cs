using Dml.Numerics;

namespace Dml.Engine.Verification;

/// <summary>A score with a 95 % interval.</summary>
/// <param name="Value">The score.</param>
/// <param name="Low">The 2.5 % quantile of resampled scores.</param>
/// <param name="High">The 97.5 % quantile.</param>
internal readonly record struct ScoreInterval(double Value, double Low, double High);

/// <summary>
/// The linear datamodeling score (Park, Georgiev, Ilyas, Leclerc, Madry, ICML 2023): Spearman's correlation over subsets between the
/// predicted and the real change of d, averaged over targets.
/// </summary>
internal static class DatamodelingScore
{
    /// <summary>Separates the resampling from other draws of the seed.</summary>
    private const long Stream = -5;

    private const int Draws = 1000;

    /// <summary>The score and an interval from resampling subsets and targets with replacement.</summary>
    /// <param name="predicted">One array a target with a value a subset.</param>
    /// <param name="real">The same shape.</param>
    /// <param name="seed">Decides the resampling.</param>
    public static ScoreInterval Of(IReadOnlyList<double[]> predicted, IReadOnlyList<double[]> real, int seed) =>
        Interval(ByTarget(predicted, real).Average(), Resampled(predicted, real, seed));

    /// <summary>By how much one score is above another, both on the same resampled subsets and targets, so that what they share drops out.</summary>
    /// <param name="predicted">One array a target with a value a subset.</param>
    /// <param name="others">The same shape.</param>
    /// <param name="real">The same shape.</param>
    /// <param name="seed">Decides the resampling.</param>
    public static ScoreInterval Difference(IReadOnlyList<double[]> predicted, IReadOnlyList<double[]> others, IReadOnlyList<double[]> real, int seed) =>
        Interval(
            ByTarget(predicted, real).Average() - ByTarget(others, real).Average(),
            [.. Resampled(predicted, real, seed).Zip(Resampled(others, real, seed), (a, b) => a - b)]);

    /// <summary>The correlation of each target.</summary>
    public static double[] ByTarget(IReadOnlyList<double[]> predicted, IReadOnlyList<double[]> real) => [.. predicted.Zip(real, Correlation)];

    /// <summary>What a sum of scores predicts: leaving a sample out changes d by its harm, since training on it had lowered d.</summary>
    /// <param name="harm">(N) of a target.</param>
    /// <param name="kept">For each subset whether a sample is kept.</param>
    public static double[] Predict(double[] harm, IReadOnlyList<bool[]> kept) => [.. kept.Select(k => harm.Where((_, i) => !k[i]).Sum())];

    private static double[] Resampled(IReadOnlyList<double[]> predicted, IReadOnlyList<double[]> real, int seed)
    {
        var random = new CounterRandom(seed, Stream, 0);
        var subsets = real[0].Length;
        var drawn = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            int[] chosen = [.. Enumerable.Range(0, subsets).Select(_ => random.NextBelow(subsets))];
            drawn[draw] = Enumerable.Range(0, real.Count).Select(_ => random.NextBelow(real.Count))
                .Average(t => Correlation([.. chosen.Select(s => predicted[t][s])], [.. chosen.Select(s => real[t][s])]));
        }

        return drawn;
    }

    private static ScoreInterval Interval(double value, double[] drawn)
    {
        Array.Sort(drawn);
        return new(value, drawn[(int)(0.025 * Draws)], drawn[(int)(0.975 * Draws) - 1]);
    }

    /// <summary>No order on one side is no agreement.</summary>
    private static double Correlation(double[] x, double[] y) => RankCorrelation.Spearman(x, y) is var rho && double.IsNaN(rho) ? 0 : rho;
}
