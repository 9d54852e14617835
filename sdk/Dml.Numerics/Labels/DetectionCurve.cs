namespace Dml.Numerics;

/// <summary>
/// How fast checking training samples in the order of a score finds the wanted ones (mislabelled samples): after the first i of N
/// samples, the share of the wanted found. Equal scores are checked in index order.
/// </summary>
public sealed class DetectionCurve
{
    private DetectionCurve(IReadOnlyList<int> found, int wanted) => (Found, Wanted) = (found, wanted);

    /// <summary>Number of wanted samples found after 0..N samples checked; N + 1 values.</summary>
    public IReadOnlyList<int> Found { get; }

    /// <summary>Number of wanted samples.</summary>
    public int Wanted { get; }

    /// <summary>N.</summary>
    public int Count => Found.Count - 1;

    /// <summary>Area under the curve of share found against share checked (trapezoids); 1 - Wanted / 2N at best, 0.5 expected at random.</summary>
    public double Area => Found.Zip(Found.Skip(1), (a, b) => (a + b) / 2.0).Sum() / ((double)Count * Wanted);

    /// <summary>The area of a perfect ranking: 1 - Wanted / 2N.</summary>
    public double BestArea => 1 - (Wanted / (2.0 * Count));

    /// <summary>The probability that a wanted sample stands before another one, the area under the ROC curve: 1 at best; NaN where all are wanted.</summary>
    public double Auc => (Area - (Wanted / (2.0 * Count))) / (1 - ((double)Wanted / Count));

    /// <summary>Standard deviation of the area over random orders: that of the mean of Wanted ranks drawn without replacement.</summary>
    public double RandomAreaDeviation => Math.Sqrt((Count + 1.0) * (Count - Wanted) / (12.0 * Wanted)) / Count;

    /// <summary>Checks samples by descending score.</summary>
    /// <param name="scores">(N) scores, finite.</param>
    /// <param name="wanted">(N) which samples are wanted; at least one.</param>
    public static DetectionCurve Make(IReadOnlyList<double> scores, IReadOnlyList<bool> wanted)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(wanted);
        if (scores.Count != wanted.Count) throw new ArgumentException($"Expected {wanted.Count} scores, found {scores.Count}.", nameof(scores));
        if (!wanted.Contains(true)) throw new ArgumentException("Expected at least one wanted sample, found none.", nameof(wanted));
        var found = new List<int>(scores.Count + 1) { 0 };
        foreach (var index in Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i])) found.Add(found[^1] + (wanted[index] ? 1 : 0));
        return new(found, found[^1]);
    }

    /// <summary>Share of the wanted found when a share of the samples is checked (rounded down to whole samples).</summary>
    /// <param name="shareChecked">0 to 1.</param>
    public double RecallAt(double shareChecked) => (double)Found[(int)(shareChecked * Count)] / Wanted;
}
