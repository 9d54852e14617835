using System.Globalization;

namespace Dml.Configuration;

/// <summary>
/// Lengths of time as configs have them: a number and one unit without a blank between, <c>250ms</c>, <c>90s</c>, <c>5m</c>, <c>1.5h</c> or <c>2d</c>.
/// Every <see cref="TimeSpan"/> can be written so and is read back to the tick of 100 ns.
/// </summary>
public static class DurationText
{
    /// <summary>From the longest, of which the first that goes into a length is the one that it is written in.</summary>
    private static readonly (string Name, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>The text of a length, in the longest unit that it is a whole number of, else in milliseconds.</summary>
    /// <param name="length">The length.</param>
    public static string Of(TimeSpan length)
    {
        if (length == TimeSpan.Zero) return "0s";
        foreach (var (name, ticks) in Units)
        {
            if (length.Ticks % ticks == 0) return string.Create(CultureInfo.InvariantCulture, $"{length.Ticks / ticks}{name}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(decimal)length.Ticks / TimeSpan.TicksPerMillisecond}ms");
    }

    /// <summary>Reads a length; what is finer than a tick is rounded to the nearest.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">The length; zero where it is none.</param>
    /// <returns>Whether it is one, and one that a <see cref="TimeSpan"/> can hold.</returns>
    public static bool TryParse(string text, out TimeSpan length)
    {
        ArgumentNullException.ThrowIfNull(text);
        length = default;
        var digits = text.TrimEnd("abcdefghijklmnopqrstuvwxyz".ToCharArray());
        var unit = Array.Find(Units, u => u.Name == text[digits.Length..]);
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (unit.Ticks == 0 || !decimal.TryParse(digits, style, CultureInfo.InvariantCulture, out var number)) return false;
        if (Math.Abs(number) > (decimal)TimeSpan.MaxValue.Ticks / unit.Ticks + 1) return false;
        var ticks = Math.Round(number * unit.Ticks);
        if (ticks < TimeSpan.MinValue.Ticks || ticks > TimeSpan.MaxValue.Ticks) return false;
        length = new((long)ticks);
        return true;
    }

    /// <summary>For messages: what was expected.</summary>
    internal static string Expected(double minimum, double maximum)
    {
        var range = (double.IsFinite(minimum), double.IsFinite(maximum)) switch
        {
            (true, true) => string.Create(CultureInfo.InvariantCulture, $" from {minimum}s to {maximum}s"),
            (true, false) => string.Create(CultureInfo.InvariantCulture, $" of at least {minimum}s"),
            (false, true) => string.Create(CultureInfo.InvariantCulture, $" of at most {maximum}s"),
            _ => "",
        };
        return $"a duration{range}, such as \"250ms\", \"90s\", \"5m\", \"1.5h\" or \"2d\"";
    }
}
