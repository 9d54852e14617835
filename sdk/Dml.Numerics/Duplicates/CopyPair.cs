namespace Dml.Numerics;

/// <summary>Two images that may show the same, and how well they agree.</summary>
/// <param name="First">Index of the image whose windows were looked up.</param>
/// <param name="Second">Index of the image found.</param>
/// <param name="InPlace">Normalised cross-correlation as they lie, or of one with the mirrored other, whichever is larger.</param>
/// <param name="Windowed">The same once one is laid on the other as a window of it.</param>
/// <param name="Mirrored">Whether one was mirrored for that.</param>
/// <param name="Independent">Independent places that the correlations were taken over (<see cref="Autocorrelation"/>).</param>
internal readonly record struct CopyPair(int First, int Second, double InPlace, double Windowed, bool Mirrored, double Independent)
{
    /// <summary>Fisher's transform of a correlation, on which differences are comparable near 1.</summary>
    public static double Fisher(double correlation) => Math.Atanh(Math.Clamp(correlation, -0.99999, 0.99999));
}
