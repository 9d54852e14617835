namespace Dml.Numerics;

/// <summary>One channel of a small square image, float32.</summary>
/// <param name="side">n, at least 1.</param>
/// <param name="values">n x n numbers, rows from the top.</param>
internal sealed class ImagePlane(int side, float[] values)
{
    /// <summary>n.</summary>
    public int Side { get; } = side;

    /// <summary>n x n numbers, rows from the top; not to be changed.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>One row.</summary>
    public ReadOnlySpan<float> Row(int y) => values.AsSpan(y * Side, Side);

    /// <summary>Gray levels as they are.</summary>
    /// <param name="gray">n x n bytes, rows from the top.</param>
    public static ImagePlane Of(ReadOnlySpan<byte> gray)
    {
        var plane = new float[gray.Length];
        for (var i = 0; i < plane.Length; i++) plane[i] = gray[i];
        return new((int)Math.Sqrt(gray.Length), plane);
    }

    /// <summary>
    /// What is left when the mean over a window of (2 radius + 1)^2 pixels, cut at the image's edges, is taken away: shade and
    /// brightness vanish, edges and texture stay.
    /// </summary>
    /// <param name="radius">In pixels.</param>
    public ImagePlane HighPassed(int radius)
    {
        var mean = Averaged(radius);
        for (var i = 0; i < mean.Length; i++) mean[i] = values[i] - mean[i];
        return new(Side, mean);
    }

    /// <summary>
    /// The same divided by <c>sqrt(v + noise^2)</c>, v the variance over the same window: faint texture counts as much as a strong edge, and
    /// what is no more than noise stays small.
    /// </summary>
    /// <param name="radius">In pixels.</param>
    /// <param name="noise">Deviation that counts as noise, above 0.</param>
    public ImagePlane Normalized(int radius, double noise)
    {
        var detail = HighPassed(radius);
        var squares = new float[values.Length];
        for (var i = 0; i < squares.Length; i++) squares[i] = detail.Values[i] * detail.Values[i];
        var variance = new ImagePlane(Side, squares).Averaged(radius);
        for (var i = 0; i < variance.Length; i++) variance[i] = (float)(detail.Values[i] / Math.Sqrt(Math.Max(0, variance[i]) + (noise * noise)));
        return new(Side, variance);
    }

    /// <summary>Weights 1 2 1 along both axes, the edge pixels repeated.</summary>
    public ImagePlane Smoothed()
    {
        var (rows, both) = (new float[values.Length], new float[values.Length]);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var at = y * Side;
                rows[at + x] = (values[at + Math.Max(x - 1, 0)] + (2 * values[at + x]) + values[at + Math.Min(x + 1, Side - 1)]) / 4;
            }
        }

        for (var y = 0; y < Side; y++)
        {
            var (above, at, below) = (Math.Max(y - 1, 0) * Side, y * Side, Math.Min(y + 1, Side - 1) * Side);
            for (var x = 0; x < Side; x++) both[at + x] = (rows[above + x] + (2 * rows[at + x]) + rows[below + x]) / 4;
        }

        return new(Side, both);
    }

    /// <summary>Means of 2 x 2 pixels; the side must be even.</summary>
    public ImagePlane Halved()
    {
        var half = Side / 2;
        var result = new float[half * half];
        for (var y = 0; y < half; y++)
        {
            var upper = Row(2 * y);
            var lower = Row((2 * y) + 1);
            for (var x = 0; x < half; x++) result[(y * half) + x] = (upper[2 * x] + upper[(2 * x) + 1] + lower[2 * x] + lower[(2 * x) + 1]) / 4;
        }

        return new(half, result);
    }

    /// <summary>Left and right changed.</summary>
    public ImagePlane Mirrored()
    {
        var result = (float[])values.Clone();
        for (var y = 0; y < Side; y++) Array.Reverse(result, y * Side, Side);
        return new(Side, result);
    }

    /// <summary>Standard deviation of the numbers.</summary>
    public double Deviation()
    {
        double sum = 0, squares = 0;
        foreach (var value in values)
        {
            sum += value;
            squares += (double)value * value;
        }

        var mean = sum / values.Length;
        return Math.Sqrt(Math.Max(0, (squares / values.Length) - (mean * mean)));
    }

    private float[] Averaged(int radius)
    {
        var (columns, result) = (new float[values.Length], new float[values.Length]);
        Slide(values, columns, 1, Side, radius);
        Slide(columns, result, Side, 1, radius);
        return result;
    }

    /// <summary>Running means along one axis.</summary>
    private void Slide(float[] source, float[] target, int step, int line, int radius)
    {
        for (var l = 0; l < Side; l++)
        {
            var sum = 0.0;
            for (var i = 0; i < Math.Min(radius, Side); i++) sum += source[(l * line) + (i * step)];
            for (var i = 0; i < Side; i++)
            {
                if (i + radius < Side) sum += source[(l * line) + ((i + radius) * step)];
                if (i - radius - 1 >= 0) sum -= source[(l * line) + ((i - radius - 1) * step)];
                target[(l * line) + (i * step)] = (float)(sum / (Math.Min(i + radius, Side - 1) - Math.Max(i - radius, 0) + 1));
            }
        }
    }
}
