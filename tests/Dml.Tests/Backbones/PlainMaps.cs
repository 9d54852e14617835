using System.Numerics;

namespace Dml.Tests.Backbones;

/// <summary>
/// Maps of one image in double precision, with the layers of convolutional networks as plain loops. A window of a pool counts what lies
/// inside the maps alone.
/// </summary>
internal sealed record PlainMaps(double[] Values, int Channels, int Height, int Width)
{
    /// <summary>weight (outputs, channels, side, side); zeros around the maps.</summary>
    public PlainMaps Convolve(double[] weight, double[]? bias, int side, int stride, int padding)
    {
        var (height, width) = (((Height + (2 * padding) - side) / stride) + 1, ((Width + (2 * padding) - side) / stride) + 1);
        var length = Channels * side * side;
        var outputs = weight.Length / length;
        var result = new double[outputs * height * width];
        var patch = new double[length];
        for (var position = 0; position < height * width; position++)
        {
            var (top, left) = ((position / width * stride) - padding, (position % width * stride) - padding);
            for (var i = 0; i < length; i++)
            {
                var (channel, y, x) = (i / (side * side), top + (i / side % side), left + (i % side));
                patch[i] = y >= 0 && y < Height && x >= 0 && x < Width ? Values[(((channel * Height) + y) * Width) + x] : 0;
            }

            for (var o = 0; o < outputs; o++) result[(o * height * width) + position] = Dot(weight.AsSpan(o * length, length), patch) + (bias?[o] ?? 0);
        }

        return new(result, outputs, height, width);
    }

    public PlainMaps Normalize(double[] mean, double[] variance, double[] weight, double[] bias) =>
        Map((value, channel) => ((value - mean[channel]) / Math.Sqrt(variance[channel] + 1e-5) * weight[channel]) + bias[channel]);

    public PlainMaps Relu() => Map((value, _) => Math.Max(value, 0));

    public PlainMaps Add(PlainMaps other) => this with { Values = [.. Values.Zip(other.Values, (a, b) => a + b)] };

    /// <summary>The maximum of 3 x 3 windows, as many as given.</summary>
    public PlainMaps MaxPool(int stride, int padding, int height, int width) => Pool(stride, padding, height, width, window => window.Max());

    /// <summary>The mean of 3 x 3 windows around every pixel; what lies outside counts as zero.</summary>
    public PlainMaps AveragePool() => Pool(1, 1, Height, Width, window => window.Sum() / 9);

    public static PlainMaps Concatenate(params PlainMaps[] maps) =>
        maps[0] with { Values = [.. maps.SelectMany(m => m.Values)], Channels = maps.Sum(m => m.Channels) };

    /// <summary>The greatest value or the mean of each map, then mean 0 and variance 1 over the channels where wanted.</summary>
    public double[] Features(bool max, bool layerNorm)
    {
        double[] pooled = [.. Values.Chunk(Height * Width).Select(map => max ? map.Max() : map.Average())];
        if (!layerNorm) return pooled;
        var mean = pooled.Average();
        var deviation = Math.Sqrt(pooled.Average(v => (v - mean) * (v - mean)) + 1e-5);
        return [.. pooled.Select(v => (v - mean) / deviation)];
    }

    private PlainMaps Map(Func<double, int, double> value) => this with { Values = [.. Values.Select((v, i) => value(v, i / (Height * Width)))] };

    private PlainMaps Pool(int stride, int padding, int height, int width, Func<IEnumerable<double>, double> reduce)
    {
        var result = new double[Channels * height * width];
        for (var i = 0; i < result.Length; i++)
        {
            var (channel, top, left) = (i / (height * width), (i / width % height * stride) - padding, (i % width * stride) - padding);
            var window = new List<double>();
            for (var y = Math.Max(top, 0); y < Math.Min(top + 3, Height); y++)
            {
                for (var x = Math.Max(left, 0); x < Math.Min(left + 3, Width); x++) window.Add(Values[(((channel * Height) + y) * Width) + x]);
            }

            result[i] = reduce(window);
        }

        return new(result, Channels, height, width);
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count) sum += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
        var rest = Vector.Sum(sum);
        for (; i < a.Length; i++) rest += a[i] * b[i];
        return rest;
    }
}
