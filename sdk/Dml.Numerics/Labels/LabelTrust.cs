namespace Dml.Numerics;

/// <summary>
/// How far the given labels can be trusted, from log probabilities of classes that were made without the sample's own label: a temperature
/// and a share of wrong labels are fitted by maximum likelihood, where a wrong label is any other class alike:
/// <c>P(y | x) = (1 - r) p_y + r (1 - p_y) / (C - 1)</c>, <c>p = softmax(t l)</c>. No label need be known to be wrong.
/// </summary>
/// <param name="Temperature">t, by which log probabilities are multiplied.</param>
/// <param name="WrongShare">r, the share of wrong labels.</param>
internal sealed record LabelTrust(double Temperature, double WrongShare)
{
    private const int Halvings = 10;
    private const int Steps = 30;
    private const double LeastShare = 1e-4;
    private const double MostShare = 0.9;

    /// <summary>Fits both numbers: the temperature on a grid of factors of sqrt(2) from 2^-10 to 2, the share by expectation maximisation.</summary>
    /// <param name="ownGiven">The probability of the given label of each sample at a temperature.</param>
    /// <param name="classes">C, at least 2.</param>
    public static LabelTrust Fit(Func<double, double[]> ownGiven, int classes)
    {
        var (best, likelihood) = (new LabelTrust(1, LeastShare), double.NegativeInfinity);
        for (var half = -2; half <= 2 * Halvings; half++)
        {
            var temperature = Math.Pow(2, -half / 2.0);
            var own = ownGiven(temperature);
            var share = Share(own, classes);
            var sum = own.Sum(p => Math.Log(((1 - share) * p) + (share * (1 - p) / (classes - 1)) + double.Epsilon));
            if (sum > likelihood) (best, likelihood) = (new(temperature, share), sum);
        }

        return best;
    }

    /// <summary>The probability that a given label is right.</summary>
    /// <param name="own">p_y.</param>
    /// <param name="classes">C.</param>
    public double Right(double own, int classes)
    {
        var (right, wrong) = ((1 - WrongShare) * own, WrongShare * (1 - own) / (classes - 1));
        return right + wrong > 0 ? right / (right + wrong) : 0;
    }

    private static double Share(double[] own, int classes)
    {
        var share = 0.1;
        for (var step = 0; step < Steps; step++)
        {
            var trust = new LabelTrust(0, share);
            share = Math.Clamp(1 - own.Average(p => trust.Right(p, classes)), LeastShare, MostShare);
        }

        return share;
    }
}
