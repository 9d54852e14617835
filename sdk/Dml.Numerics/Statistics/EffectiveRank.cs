using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>How many dimensions a set of vectors uses (Roy, Vetterli, European Signal Processing Conference 2007).</summary>
/// <param name="Rank">exp of the entropy of the covariance's eigenvalues as shares: 1 for a line, E where all directions vary alike, 0 for a point.</param>
/// <param name="Variance">Sum of the eigenvalues: the mean squared distance from the mean.</param>
/// <param name="FirstShare">Share of the greatest eigenvalue; 0 where nothing varies.</param>
public sealed record EffectiveRank(double Rank, double Variance, double FirstShare)
{
    /// <summary>Measures vectors.</summary>
    /// <param name="rows">(N, E), floating point, finite.</param>
    public static EffectiveRank Of(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var centred = rows.to(float64) - rows.to(float64).mean([0L]);
        var values = linalg.eigvalsh(centred.t().mm(centred) / rows.shape[0]).Values<double>();
        var sum = values.Sum(v => Math.Max(v, 0));
        if (sum <= double.Epsilon) return new(0, 0, 0);
        double[] shares = [.. values.Select(v => Math.Max(v, 0) / sum)];
        return new(Math.Exp(-shares.Sum(p => p > 0 ? p * Math.Log(p) : 0)), sum, shares.Max());
    }
}
