using System.Globalization;

namespace Dml.Generators.Models;

/// <summary>The closed range of a number; infinite where there is no bound.</summary>
internal readonly record struct RangeModel(double Minimum, double Maximum)
{
    public static RangeModel All { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    public bool HasMinimum => !double.IsInfinity(Minimum);

    public bool HasMaximum => !double.IsInfinity(Maximum);

    /// <summary>To follow "a number", with a blank before; empty where there is no bound.</summary>
    public string Describe() => (HasMinimum, HasMaximum) switch
    {
        (true, true) => $" from {Text(Minimum)} to {Text(Maximum)}",
        (true, false) => $" of at least {Text(Minimum)}",
        (false, true) => $" of at most {Text(Maximum)}",
        _ => "",
    };

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
