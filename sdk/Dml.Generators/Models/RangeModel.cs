using System.Globalization;

namespace Dml.Generators.Models;

/// <summary>The closed range of a number; infinite where there is no bound.</summary>
internal readonly record struct RangeModel(double Minimum, double Maximum)
{
    public static RangeModel All { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    public bool HasMinimum => !double.IsInfinity(Minimum);

    public bool HasMaximum => !double.IsInfinity(Maximum);

    /// <summary>To follow "a number", with a blank before; empty where there is no bound.</summary>
    /// <param name="unit">Follows each bound.</param>
    public string Describe(string unit = "") => (HasMinimum, HasMaximum) switch
    {
        (true, true) => $" from {Text(Minimum)}{unit} to {Text(Maximum)}{unit}",
        (true, false) => $" of at least {Text(Minimum)}{unit}",
        (false, true) => $" of at most {Text(Maximum)}{unit}",
        _ => "",
    };

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
