using System.Globalization;

namespace Dml.Engine.Reporting;

/// <summary>One axis of a chart.</summary>
/// <param name="Label">What it shows, with the unit.</param>
/// <param name="Low">The value at its start.</param>
/// <param name="High">The value at its end, above <paramref name="Low"/>.</param>
/// <param name="Ticks">Its marks, rising.</param>
internal sealed record ChartAxis(string Label, double Low, double High, IReadOnlyList<AxisTick> Ticks)
{
    /// <summary>Writes a value of the axis where a point is described.</summary>
    public Func<double, string> Format { get; init; } = Figures.Short;

    /// <summary>An axis with nice ticks whose ends are rounded outward.</summary>
    public static ChartAxis Nice(string label, double min, double max)
    {
        var ticks = NiceTicks.Cover(min, max);
        return new ChartAxis(label, ticks.Low, ticks.High, [.. ticks.Ticks()]);
    }

    /// <summary>An axis that ends where the data ends, with the nice ticks between.</summary>
    public static ChartAxis Tight(string label, double min, double max, int intervals = 5)
    {
        var ticks = NiceTicks.Cover(min, max, intervals);
        return max > min ? new ChartAxis(label, min, max, [.. ticks.Ticks().Where(x => x.Value >= min && x.Value <= max)]) : Nice(label, min, max);
    }

    /// <summary>An axis of whole numbers that ends where the data ends, such as epochs.</summary>
    public static ChartAxis Whole(string label, int min, int max)
    {
        if (min == max)
        {
            return new ChartAxis(label, min - 1.0, max + 1.0, [new AxisTick(min, Figures.Count(min))]) { Format = WholeText };
        }

        var ticks = NiceTicks.Cover(min, max, 8, leastStep: 1).Ticks().Where(x => x.Value >= min && x.Value <= max);
        return new ChartAxis(label, min, max, [.. ticks]) { Format = WholeText };
    }

    /// <summary>Shares shown in per cent, rounded outward but never beyond 0 and 100 %.</summary>
    public static ChartAxis Percent(string label, double min = 0, double max = 1)
    {
        var ticks = NiceTicks.Cover(min * 100, max * 100);
        var low = Math.Clamp(ticks.Low, 0, 99);
        var high = Math.Clamp(ticks.High, low + 1, 100);
        var shown = ticks.Ticks().Where(x => x.Value >= low && x.Value <= high).Select(x => new AxisTick(x.Value / 100, x.Text + "\u202F%"));
        return new ChartAxis(label, low / 100, high / 100, [.. shown]) { Format = share => Figures.Percent(share) };
    }

    /// <summary>Counts on a scale that shows both one and a million: positions are those of <see cref="CountPosition"/>.</summary>
    public static ChartAxis Counts(string label, long max)
    {
        var powers = (int)Math.Max(1, Math.Ceiling(Math.Log10(Math.Max(1L, max)) - 1e-9));
        List<AxisTick> ticks = [new(0, "0")];
        for (var power = 0; power <= powers; power++)
        {
            ticks.Add(new AxisTick(CountPosition((long)Math.Pow(10, power)), Math.Pow(10, power).ToString("N0", CultureInfo.InvariantCulture)));
        }

        return new ChartAxis(label, 0, Math.Max(ticks[^1].Value, CountPosition(max)), ticks);
    }

    /// <summary>log10(1 + count): nearly linear at 0, logarithmic above.</summary>
    public static double CountPosition(long count) => Math.Log10(1.0 + count);

    /// <summary>Where a value stands between the ends: 0 at the low end, 1 at the high one. Halves keep huge ranges finite.</summary>
    public double Share(double value) => Math.Clamp(((value / 2) - (Low / 2)) / ((High / 2) - (Low / 2)), 0, 1);

    private static string WholeText(double value) => Figures.Count((long)value);
}
