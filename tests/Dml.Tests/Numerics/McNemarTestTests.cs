using System.Numerics;
using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class McNemarTestTests
{
    /// <summary>Oracle: all binomial coefficients as whole numbers.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(5, 5)]
    [InlineData(3, 9)]
    [InlineData(12, 4)]
    [InlineData(40, 61)]
    public void The_p_value_is_twice_the_smaller_tail_of_the_binomial(int gained, int lost)
    {
        var n = gained + lost;
        var tail = BigInteger.Zero;
        var coefficient = BigInteger.One;
        for (var k = 0; k <= Math.Min(gained, lost); k++)
        {
            tail += coefficient;
            coefficient = coefficient * (n - k) / (k + 1);
        }

        var expected = Math.Min(1, 2 * Math.Exp(BigInteger.Log(tail) - (n * Math.Log(2))));
        var test = McNemarTest.Of(gained, lost);
        Assert.Equal((gained, lost), (test.Gained, test.Lost));
        Assert.Equal(expected, test.PValue, 1e-12);
        Assert.Equal(test.PValue, McNemarTest.Of(lost, gained).PValue);
    }

    [Fact]
    public void Thousands_of_changes_do_not_underflow()
    {
        Assert.Equal(1, McNemarTest.Of(4000, 4000).PValue);
        // The normal approximation with continuity correction: z = (|b - c| - 1) / sqrt(b + c) = 1.99.
        Assert.InRange(McNemarTest.Of(2590, 2410).PValue, 0.0112 * 0.98, 0.0114 * 1.02);
    }
}
