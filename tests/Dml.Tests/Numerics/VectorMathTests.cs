using System.Runtime.Intrinsics;
using Dml.Numerics;

namespace Dml.Tests.Numerics;

public class VectorMathTests
{
    [Fact]
    public void Expm1_has_the_digits_of_float32_however_small_its_argument()
    {
        var draws = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var x = (float)((draws.NextDouble() - 0.5) * Math.Pow(10, (draws.NextDouble() * 12) - 10));
            if (x is < -87 or > 80) continue;
            AssertRelative(Exact(x), VectorMath.Expm1(Vector256.Create(x))[i % 8], 2.5e-7, x);
        }
    }

    [Fact]
    public void Expm1_has_the_same_bits_beside_a_large_argument()
    {
        var draws = new Random(8);
        for (var i = 0; i < 10_000; i++)
        {
            var x = (float)((draws.NextDouble() - 0.5) * Math.Pow(10, (draws.NextDouble() * 10) - 10));
            Assert.Equal(VectorMath.Expm1(Vector256.Create(x).WithElement(7, 3f))[0], VectorMath.Expm1(Vector256.Create(x))[0]);
        }
    }

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(-1000f, -1)]
    [InlineData(float.NegativeInfinity, -1)]
    public void Expm1_at_the_ends(float x, double expected) => Assert.Equal(expected, VectorMath.Expm1(Vector256.Create(x))[3], 1e-7);

    [Fact]
    public void Expm1_of_NaN_is_NaN() => Assert.True(float.IsNaN(VectorMath.Expm1(Vector256.Create(float.NaN))[0]));

    [Fact]
    public void Log1p_has_the_digits_of_float64_however_small_its_argument()
    {
        var draws = new Random(6);
        for (var i = 0; i < 20_000; i++)
        {
            var x = (draws.NextDouble() - 0.3) * Math.Pow(10, (draws.NextDouble() * 13) - 13);
            // log(1 + x) = 2 artanh(x / (2 + x)), by its series where x is small.
            var t = x / (2 + x);
            var exact = Math.Abs(t) < 0.1 ? 2 * Enumerable.Range(0, 12).Sum(k => Math.Pow(t, (2 * k) + 1) / ((2 * k) + 1)) : Math.Log(1 + x);
            AssertRelative(exact, VectorMath.Log1p(x), 1e-12, x);
        }
    }

    private static double Exact(double x) =>
        Math.Abs(x) < 1e-2 ? x * (1 + (x / 2 * (1 + (x / 3 * (1 + (x / 4 * (1 + (x / 5 * (1 + (x / 6)))))))))) : Math.Exp(x) - 1;

    private static void AssertRelative(double expected, double found, double bound, double x) =>
        Assert.True(Math.Abs(found - expected) <= bound * Math.Abs(expected), $"at {x}: expected {expected}, found {found}");
}
