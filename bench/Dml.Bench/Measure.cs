using System.Diagnostics;
using System.Globalization;

namespace Dml.Bench;

/// <summary>How long something took.</summary>
/// <param name="Wall">Seconds by the clock.</param>
/// <param name="Processor">Seconds of all threads together, which other programs on the machine disturb less.</param>
internal readonly record struct Time(double Wall, double Processor);

/// <summary>Times and memory, and how they are printed.</summary>
internal static class Measure
{
    /// <summary>What an action takes.</summary>
    public static Time Of(Action action)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        action();
        return new(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    /// <summary>The middle one of some values.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    /// <summary>The largest resident memory of this process so far, in megabytes; Linux's VmHWM.</summary>
    public static double PeakMegabytes()
    {
        var line = File.ReadLines("/proc/self/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    /// <summary>Prints a line in one culture.</summary>
    public static void Print(params FormattableString[] parts) => Console.WriteLine(string.Concat(parts.Select(FormattableString.Invariant)));
}
