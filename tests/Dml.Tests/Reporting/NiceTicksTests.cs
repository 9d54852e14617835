using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

public sealed class NiceTicksTests
{
    [Theory]
    [InlineData(0, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0, 4.2, "0 1 2 3 4 5")]
    [InlineData(0.1, 0.3, "0.10 0.15 0.20 0.25 0.30")]
    [InlineData(-3, 7, "−4 −2 0 2 4 6 8")]
    [InlineData(-0.7, -0.2, "−0.7 −0.6 −0.5 −0.4 −0.3 −0.2")]
    [InlineData(0, 12345, "0 5,000 10,000 15,000")]
    [InlineData(0, 3e-7, "0 1e−7 2e−7 3e−7")]
    [InlineData(0, 4e9, "0 1e9 2e9 3e9 4e9")]
    [InlineData(7, 0, "0 2 4 6 8")]
    public void Ticks_are_round_and_cover_the_range(double min, double max, string expected) =>
        Assert.Equal(expected, string.Join(' ', NiceTicks.Cover(min, max).Ticks().Select(x => x.Text)));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2.5, 2.5)]
    [InlineData(-4, -4)]
    [InlineData(1e9, 1e9)]
    [InlineData(1, 1.0000000000000002)]
    [InlineData(0, double.Epsilon)]
    [InlineData(1e-200, 3e-200)]
    [InlineData(double.MinValue, double.MaxValue)]
    [InlineData(-1e12, 1e-12)]
    public void Any_finite_range_gives_a_few_finite_rising_ticks(double min, double max)
    {
        var ticks = NiceTicks.Cover(min, max);
        var values = ticks.Ticks().Select(x => x.Value).ToList();
        Assert.InRange(values.Count, 2, 12);
        Assert.All(values, value => Assert.True(double.IsFinite(value)));
        Assert.All(values.Zip(values.Skip(1)), x => Assert.True(x.Second > x.First));
        Assert.True(ticks.High > ticks.Low);
    }

    [Fact]
    public void Counts_get_no_ticks_between_whole_numbers() =>
        Assert.Equal(["0", "1", "2"], NiceTicks.Cover(0, 2, 8, leastStep: 1).Ticks().Select(x => x.Text));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_end_that_is_not_finite_is_refused(double end) => Assert.Throws<ArgumentOutOfRangeException>(() => NiceTicks.Cover(0, end));
}
