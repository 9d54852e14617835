using Dml.Numerics;

namespace Dml.Tests.Numerics;

/// <summary>Independent places of two images against plain loops.</summary>
public sealed class AutocorrelationTests
{
    private const int Side = 24;

    [Fact]
    public void Independent_places_are_those_of_plain_loops()
    {
        var (first, second) = (Smooth(1, 3), Smooth(2, 2));
        Assert.Equal(Plain(first, second), Of(first).Independent(Of(second), mirrored: false), 1e-3);
        var mirrored = new ImagePlane(Side, first).Mirrored();
        Assert.Equal(
            Autocorrelation.Of(mirrored).Independent(Of(second), mirrored: false), Of(first).Independent(Of(second), mirrored: true), 1e-3);
    }

    [Fact]
    public void Stripes_have_few_independent_places_and_noise_has_nearly_all()
    {
        float[] stripes = [.. Enumerable.Range(0, Side * Side).Select(i => MathF.Sin(i % Side))];
        Assert.InRange(Of(stripes).Independent(Of(stripes), mirrored: false), 1, 20);
        Assert.InRange(Of(Smooth(1, 0)).Independent(Of(Smooth(2, 0)), mirrored: false), 0.8 * Side * Side, Side * Side);
        var flat = Of(new float[Side * Side]);
        Assert.Equal(Side * Side, flat.Independent(flat, mirrored: false));
    }

    private static Autocorrelation Of(float[] values) => Autocorrelation.Of(new ImagePlane(Side, values));

    /// <summary>Normal numbers, each the mean over a window of a radius.</summary>
    private static float[] Smooth(int seed, int radius)
    {
        var random = new CounterRandom(seed, 0, 0);
        double[] noise = [.. Enumerable.Range(0, Side * Side).Select(_ => random.NextUnit() - 0.5)];
        return [.. Enumerable.Range(0, Side * Side).Select(at => (float)Enumerable.Range(0, Side * Side)
            .Where(i => Math.Abs((i % Side) - (at % Side)) <= radius && Math.Abs((i / Side) - (at / Side)) <= radius).Average(i => noise[i]))];
    }

    private static double Plain(float[] first, float[] second)
    {
        var sum = 0.0;
        for (var dy = -Autocorrelation.Reach; dy <= Autocorrelation.Reach; dy++)
        {
            for (var dx = -Autocorrelation.Reach; dx <= Autocorrelation.Reach; dx++) sum += At(first, dx, dy) * At(second, dx, dy);
        }

        return Side * Side / sum;
    }

    private static double At(float[] values, int dx, int dy)
    {
        double mean = values.Average(v => (double)v), power = 0, product = 0;
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var value = values[(y * Side) + x] - mean;
                power += value * value;
                if (x + dx is < 0 or >= Side || y + dy is < 0 or >= Side) continue;
                product += value * (values[((y + dy) * Side) + x + dx] - mean);
            }
        }

        return product / power;
    }
}
