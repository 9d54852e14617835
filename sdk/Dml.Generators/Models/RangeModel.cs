namespace Dml.Generators.Models;

/// <summary>The closed range of a number; infinite where there is no bound.</summary>
internal readonly record struct RangeModel(double Minimum, double Maximum)
{
    public static RangeModel All { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    public bool HasMinimum => !double.IsInfinity(Minimum);

    public bool HasMaximum => !double.IsInfinity(Maximum);
}
