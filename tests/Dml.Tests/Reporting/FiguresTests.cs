using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.0123456, "+0.0123")]
    [InlineData(-0.00123456, "−0.00123")]
    [InlineData(12.3456, "+12.3")]
    [InlineData(9.999, "+10.0")]
    [InlineData(54321, "+54321")]
    [InlineData(-3.14e-7, "−3.14\u202F×\u202F10⁻⁷")]
    [InlineData(2e12, "+2.00\u202F×\u202F10¹²")]
    [InlineData(double.NaN, "not a number")]
    public void Harm_has_a_sign_and_three_digits(double value, string expected) => Assert.Equal(expected, Figures.Signed(value));

    [Theory]
    [InlineData(12.34, "12.3 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(3723, "1 h 02 min")]
    public void Durations_show_two_units(double seconds, string expected) => Assert.Equal(expected, Figures.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_small_negative_number_does_not_round_to_negative_zero() => Assert.Equal("0.00", Figures.Fixed(-0.001, 2));
}
