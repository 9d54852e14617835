namespace Dml.Numerics;

/// <summary>
/// How alike an image is to itself when shifted, from which follows how many independent places two images are compared at: a picture of stripes
/// or of one slope agrees with much by chance, one of fine detail does not.
/// </summary>
internal sealed class Autocorrelation
{
    /// <summary>Largest shift along each axis, in pixels.</summary>
    public const int Reach = 8;

    private const int Lags = (2 * Reach) + 1;

    // Of shifts with dy >= 0; those with dy < 0 are equal to their opposites.
    private readonly float[] _values;
    private readonly int _pixels;

    private Autocorrelation(float[] values, int pixels) => (_values, _pixels) = (values, pixels);

    /// <summary>Of an image: <c>sum a(x) a(x + h) / sum a(x)^2</c> without the mean, over places inside; 0 beyond shift 0 if flat.</summary>
    /// <param name="plane">The image, larger than <see cref="Reach"/>.</param>
    public static Autocorrelation Of(ImagePlane plane)
    {
        var centred = Centred(plane);
        var values = new float[(Reach + 1) * Lags];
        var power = Sum(centred, plane.Side, 0, 0);
        for (var dy = 0; dy <= Reach; dy++)
        {
            for (var dx = -Reach; dx <= Reach; dx++)
            {
                var value = power > 0 ? Sum(centred, plane.Side, dx, dy) / power : dx == 0 && dy == 0 ? 1 : 0;
                values[Place(dx, dy)] = (float)value;
            }
        }

        return new(values, plane.Side * plane.Side);
    }

    /// <summary>
    /// Independent pixels of a correlation of two images, <c>N / sum_h p(h) q(h)</c>: its variance under independence is one over that
    /// (Bartlett, Journal of the Royal Statistical Society 98, 1935, in two dimensions). From 1 to N.
    /// </summary>
    /// <param name="other">The other image's.</param>
    /// <param name="mirrored">Whether one of both is compared mirrored.</param>
    public double Independent(Autocorrelation other, bool mirrored)
    {
        var sum = 0.0;
        for (var dy = 0; dy <= Reach; dy++)
        {
            var times = dy == 0 ? 1 : 2;
            for (var dx = -Reach; dx <= Reach; dx++) sum += times * _values[Place(mirrored ? -dx : dx, dy)] * other._values[Place(dx, dy)];
        }

        return _pixels / Math.Clamp(sum, 1, _pixels);
    }

    private static int Place(int dx, int dy) => (dy * Lags) + dx + Reach;

    private static double[] Centred(ImagePlane plane)
    {
        var values = new double[plane.Side * plane.Side];
        for (var y = 0; y < plane.Side; y++)
        {
            for (var x = 0; x < plane.Side; x++) values[(y * plane.Side) + x] = plane.Row(y)[x];
        }

        var mean = values.Average();
        return [.. values.Select(v => v - mean)];
    }

    private static double Sum(double[] values, int side, int dx, int dy)
    {
        var sum = 0.0;
        for (var y = 0; y < side - dy; y++)
        {
            for (var x = Math.Max(0, -dx); x < side - Math.Max(0, dx); x++) sum += values[(y * side) + x] * values[((y + dy) * side) + x + dx];
        }

        return sum;
    }
}
