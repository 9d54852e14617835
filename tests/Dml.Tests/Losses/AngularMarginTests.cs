using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class AngularMarginTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(1.5)]
    public void It_is_the_cosine_of_the_greater_angle_and_falls_throughout(double margin)
    {
        using var scope = NewDisposeScope();
        const int Count = 10_000;
        double[] angles = [.. Enumerable.Range(1, Count).Select(i => Math.PI * i / (Count + 1))];
        var values = AngularMargin.Add(tensor(angles.Select(Math.Cos).ToArray()), margin).data<double>().ToArray();
        foreach (var (i, angle) in angles.Index())
        {
            var last = angle > Math.PI - margin;
            if (angle is > 1e-3 and < Math.PI - 1e-3)
            {
                Assert.Equal(last ? Math.Cos(angle) - (margin * Math.Sin(margin)) : Math.Cos(angle + margin), values[i], 1e-11);
            }

            if (i > 0) Assert.True(values[i] < values[i - 1], $"It rises at {angle}.");
        }
    }

    /// <summary>Shows why the last stretch is another function: cos(theta + m) has its least value at pi - m.</summary>
    [Fact]
    public void At_pi_less_the_margin_it_steps_down()
    {
        using var scope = NewDisposeScope();
        var edge = Math.PI - 0.5;
        var values = AngularMargin.Add(tensor(new[] { Math.Cos(edge - 1e-9), Math.Cos(edge + 1e-9) }), 0.5).data<double>().ToArray();
        Assert.Equal(-1, values[0], 1e-12);
        Assert.Equal(Math.Cos(0.5) + (0.5 * Math.Sin(0.5)) - 1, values[0] - values[1], 1e-8);
        Assert.Equal(0.117, values[0] - values[1], 1e-3);
    }

    [Fact]
    public void Its_slopes_stay_finite_where_the_sine_has_none()
    {
        using var scope = NewDisposeScope();
        foreach (var dtype in new[] { float32, float64 })
        {
            var cosines = tensor(new[] { 1, 1 + 1e-7, 1 - 1e-7, -1, -1 - 1e-7 }).to(dtype).requires_grad_();
            AngularMargin.Add(cosines, 0.5).sum().backward();
            var slopes = cosines.grad!.to(float64).data<double>().ToArray();
            Assert.All(slopes[..3], slope => Assert.Equal(Math.Cos(0.5), slope, 1e-6));
            Assert.All(slopes[3..], slope => Assert.Equal(1, slope, 1e-6));
        }
    }
}
