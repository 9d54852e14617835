using System.Globalization;

namespace Dml.Engine.Reporting;

/// <summary>Round numbers that cover a range: steps of 1, 2 or 5 times a power of ten.</summary>
/// <param name="Step">The distance of two ticks, above 0.</param>
/// <param name="First">The first tick as a multiple of <paramref name="Step"/>.</param>
/// <param name="Count">Number of ticks, at least 2.</param>
internal readonly record struct NiceTicks(double Step, double First, int Count)
{
    // Beyond these, the products below would leave the range of a double; no figure of a report comes near.
    private const double Largest = 1e300;
    private const double Smallest = 1e-300;

    /// <summary>The value of the lowest tick, at or below the range.</summary>
    public double Low => Value(0);

    /// <summary>The value of the highest tick, at or above the range.</summary>
    public double High => Value(Count - 1);

    /// <summary>The ticks that cover a range, with its ends rounded outward. A range of no width is widened around its value.</summary>
    /// <param name="min">Least value; must be finite.</param>
    /// <param name="max">Greatest value; must be finite.</param>
    /// <param name="intervals">About how many steps are wanted, at least 1.</param>
    /// <param name="leastStep">No finer step than this: 1 for counts.</param>
    public static NiceTicks Cover(double min, double max, int intervals = 5, double leastStep = 0)
    {
        if (!double.IsFinite(min) || !double.IsFinite(max))
        {
            throw new ArgumentOutOfRangeException(nameof(min), "The ends of an axis must be finite.");
        }

        (min, max) = Widen(Math.Clamp(Math.Min(min, max), -Largest, Largest), Math.Clamp(Math.Max(min, max), -Largest, Largest));
        var step = Math.Max(RoundUp((max / intervals) - (min / intervals)), leastStep);

        // A value that is a tick up to rounding is that tick: 0.6 / 0.2 is 2.9999999999999996.
        var first = Math.Floor((min / step) + 1e-9);
        var last = Math.Ceiling((max / step) - 1e-9);
        return new NiceTicks(step, first, Math.Max(2, (int)(last - first) + 1));
    }

    /// <summary>The ticks with their texts, from low to high.</summary>
    public IEnumerable<AxisTick> Ticks()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return new AxisTick(Value(i), Text(Value(i)));
        }
    }

    // Dividing by a whole number keeps 3 * 0.1 from becoming 0.30000000000000004.
    private double Value(int index) => Step is < 1 and > 1e-15 ? (First + index) / Math.Round(1 / Step) : (First + index) * Step;

    private string Text(double value)
    {
        var magnitude = Math.Max(Math.Abs(Low), Math.Abs(High));
        if (magnitude >= 1e7 || Step < 1e-4)
        {
            return value == 0 ? "0" : Minus(value.ToString("0.#####e0", CultureInfo.InvariantCulture));
        }

        var decimals = Math.Max(0, (int)-Math.Floor(Math.Log10(Step) + 1e-9));
        return Minus(value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    private static string Minus(string text) => text.Replace('-', '\u2212');

    private static (double Min, double Max) Widen(double min, double max)
    {
        var magnitude = Math.Max(Math.Abs(min), Math.Abs(max));
        if (magnitude < Smallest)
        {
            return (0, 1);
        }

        return (max / 2) - (min / 2) > magnitude * 1e-9 ? (min, max) : (min - (magnitude * 0.1), max + (magnitude * 0.1));
    }

    private static double RoundUp(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return (step / power) switch
        {
            <= 1.0000001 => power,
            <= 2.0000001 => 2 * power,
            <= 5.0000001 => 5 * power,
            _ => 10 * power,
        };
    }
}
