using Dml.Numerics;

namespace Dml.Tests.Numerics;

/// <summary>Planes, windows and the comparison of two images against plain loops.</summary>
public sealed class RegistrationTests
{
    private const int Side = 48;

    [Fact]
    public void A_high_pass_is_the_pixel_less_the_mean_of_its_window()
    {
        var plane = Drawn(1);
        var (high, normalized) = (plane.HighPassed(3), plane.Normalized(3, 2));
        for (var y = 0; y < Side; y += 5)
        {
            for (var x = 0; x < Side; x += 5)
            {
                Assert.Equal(plane.Values[(y * Side) + x] - Mean(plane, x, y, 3, v => v), high.Values[(y * Side) + x], 1e-3);
                var variance = Mean(high, x, y, 3, v => v * v);
                Assert.Equal(high.Values[(y * Side) + x] / Math.Sqrt(variance + 4), normalized.Values[(y * Side) + x], 1e-4);
            }
        }
    }

    [Fact]
    public void A_correlation_in_place_is_that_of_plain_loops()
    {
        var (a, b) = (Drawn(1), Drawn(2));
        Assert.Equal(Plain(a, b, AxisWarp.Identity), new Registration().Correlation(a, b, AxisWarp.Identity), 1e-9);
        Assert.Equal(1, new Registration().Correlation(a, a, AxisWarp.Identity), 1e-9);
        var flat = new ImagePlane(Side, new float[Side * Side]);
        Assert.Equal(0, new Registration().Correlation(a, flat, AxisWarp.Identity));
    }

    [Theory]
    [InlineData(0.05, 0.03, 0.02, 0.08)]
    [InlineData(0.1, 0.02, 0.06, 0.06)]
    public void A_crop_is_laid_where_it_was_cut_and_better_than_by_a_search_of_a_grid(double left, double right, double top, double bottom)
    {
        var a = Drawn(3);
        var truth = AxisWarp.Crop(left, right, top, bottom);
        var b = Warped(a, truth);
        var found = new Registration().Refine(a, b, AxisWarp.Crop(0.075, 0, 0, 0.075), 12);
        Assert.Equal(truth.ScaleX, found.Warp.ScaleX, 0.01);
        Assert.Equal(truth.ScaleY, found.Warp.ScaleY, 0.01);
        Assert.Equal(truth.ShiftX, found.Warp.ShiftX, 0.01);
        Assert.Equal(truth.ShiftY, found.Warp.ShiftY, 0.01);
        var best = 0.0;
        for (var scale = 0.85; scale <= 1; scale += 0.05)
        {
            for (var x = 0.0; x <= 0.15; x += 0.025)
            {
                for (var y = 0.0; y <= 0.15; y += 0.025) best = Math.Max(best, Plain(a, b, new(scale, scale, x, y)));
            }
        }

        Assert.InRange(found.Correlation, Math.Max(best, 0.99), 1);
        Assert.Equal(Plain(a, b, found.Warp), found.Correlation, 1e-3);
    }

    [Theory]
    [InlineData(0.9, 0.9, 0.05, 0.1, true)]
    [InlineData(1.1, 1.1, -0.05, -0.1, true)]
    [InlineData(0.9, 1.1, 0.05, -0.05, false)]
    [InlineData(0.9, 0.9, 0.2, 0.0, false)]
    public void A_window_lies_within_the_other_image(double scaleX, double scaleY, double shiftX, double shiftY, bool expected) =>
        Assert.Equal(expected, new AxisWarp(scaleX, scaleY, shiftX, shiftY).IsWindow(0.001));

    /// <summary>A smooth pattern of waves, in gray levels.</summary>
    private static ImagePlane Drawn(int seed)
    {
        var random = new CounterRandom(seed, 0, 0);
        var waves = Enumerable.Range(0, 12).Select(_ => (
            Fx: random.NextBetween(-25, 25), Fy: random.NextBetween(-25, 25), Phase: random.NextBetween(0, 6))).ToArray();
        var values = new float[Side * Side];
        for (var i = 0; i < values.Length; i++)
        {
            var (u, v) = ((i % Side) / (double)Side, (i / Side) / (double)Side);
            values[i] = (float)(100 + waves.Sum(w => 8 * Math.Sin((w.Fx * u) + (w.Fy * v) + w.Phase)));
        }

        return new(Side, values);
    }

    private static ImagePlane Warped(ImagePlane plane, AxisWarp warp)
    {
        var values = new float[Side * Side];
        for (var i = 0; i < values.Length; i++) values[i] = (float)At(plane, i % Side, i / Side, warp)!.Value;
        return new(Side, values);
    }

    private static double Mean(ImagePlane plane, int x, int y, int radius, Func<double, double> of)
    {
        var (sum, count) = (0.0, 0);
        for (var j = Math.Max(0, y - radius); j <= Math.Min(Side - 1, y + radius); j++)
        {
            for (var i = Math.Max(0, x - radius); i <= Math.Min(Side - 1, x + radius); i++)
            {
                sum += of(plane.Values[(j * Side) + i]);
                count++;
            }
        }

        return sum / count;
    }

    /// <summary>Bilinear; null beyond the outermost pixel centres.</summary>
    private static double? At(ImagePlane plane, int x, int y, AxisWarp warp)
    {
        var px = (((warp.ScaleX * (x + 0.5) / Side) + warp.ShiftX) * Side) - 0.5;
        var py = (((warp.ScaleY * (y + 0.5) / Side) + warp.ShiftY) * Side) - 0.5;
        if (px < -1e-9 || py < -1e-9 || px > Side - 1 + 1e-9 || py > Side - 1 + 1e-9) return null;
        var (i, j) = (Math.Clamp((int)px, 0, Side - 2), Math.Clamp((int)py, 0, Side - 2));
        double P(int c, int r) => plane.Values[(r * Side) + c];
        var (fx, fy) = (px - i, py - j);
        return ((1 - fy) * (((1 - fx) * P(i, j)) + (fx * P(i + 1, j)))) + (fy * (((1 - fx) * P(i, j + 1)) + (fx * P(i + 1, j + 1))));
    }

    private static double Plain(ImagePlane a, ImagePlane b, AxisWarp warp)
    {
        List<(double A, double B)> both = [];
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                if (At(a, x, y, warp) is { } value) both.Add((value, b.Values[(y * Side) + x]));
            }
        }

        var (meanA, meanB) = (both.Average(p => p.A), both.Average(p => p.B));
        var product = both.Sum(p => (p.A - meanA) * (p.B - meanB));
        return product / Math.Sqrt(both.Sum(p => (p.A - meanA) * (p.A - meanA)) * both.Sum(p => (p.B - meanB) * (p.B - meanB)));
    }
}
