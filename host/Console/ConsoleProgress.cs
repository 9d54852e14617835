using System.Globalization;
using Dml.Host.Commands;
using Spectre.Console;

namespace Dml.Host.Terminal;

/// <summary>
/// Shows progress on standard error: one live line on a terminal, a plain line at the start and end of each stage and every few
/// seconds otherwise. Safe to call from several threads.
/// </summary>
internal sealed class ConsoleProgress(IAnsiConsole console, TimeProvider time) : IProgress<ProgressReport>, IDisposable
{
    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private string _stage = "";
    private long _stageStarted;
    private long _lastShown;
    private bool _lineOpen;

    /// <summary>Progress on this process's standard error.</summary>
    public static ConsoleProgress ForStandardError() =>
        new(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }), TimeProvider.System);

    /// <inheritdoc/>
    public void Report(ProgressReport value)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var live = console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi;
            var newStage = value.Stage != _stage;
            if (newStage) (_stage, _stageStarted) = (value.Stage, now);
            if (value is { Done: 0, Total: 0, Detail.Length: > 0 })
            {
                // A remark, not a measure of progress: every one is shown.
                ShowRemark($"{value.Stage}: {value.Remark?.ToString(CommandNames.Of) ?? value.Detail}");
                return;
            }

            var finished = value.Total > 0 && value.Done >= value.Total;
            if (!newStage && !finished && time.GetElapsedTime(_lastShown, now) < (live ? LiveInterval : PlainInterval)) return;
            _lastShown = now;
            Show(Line(value, time.GetElapsedTime(_stageStarted, now)), live, finished);
        }
    }

    /// <summary>Ends an open live line.</summary>
    public void Dispose()
    {
        if (_lineOpen) console.WriteLine();
        _lineOpen = false;
    }

    private void ShowRemark(string line)
    {
        Dispose();
        console.Profile.Out.Writer.WriteLine(line);
    }

    private void Show(string line, bool live, bool finished)
    {
        if (!live)
        {
            console.Profile.Width = Math.Max(console.Profile.Width, line.Length + 1);
            console.WriteLine(line);
            return;
        }

        var text = line.Length < console.Profile.Width ? line.PadRight(console.Profile.Width - 1) : line[..(console.Profile.Width - 1)];
        console.Write(new ControlCode("\r"));
        console.Write(new Text(text, finished ? Style.Plain : new Style(Color.Grey)));
        if (finished) console.WriteLine();
        _lineOpen = !finished;
    }

    private static string Line(ProgressReport report, TimeSpan elapsed)
    {
        var amount = report.Total > 0 ? string.Create(CultureInfo.InvariantCulture, $" {report.Done}/{report.Total}")
            : report.Done > 0 ? $" {report.Done}" : "";
        var left = report.Total > 0 && report.Done > 0 && report.Done < report.Total && elapsed.TotalSeconds > 2
            ? $", {Duration(elapsed * ((double)(report.Total - report.Done) / report.Done))} left" : "";
        return $"{report.Stage}{amount}{(report.Detail.Length > 0 ? ", " + report.Detail : "")}{left}";
    }

    private static string Duration(TimeSpan time) =>
        time.TotalMinutes < 1 ? $"{Math.Ceiling(time.TotalSeconds)} s" : $"{(int)time.TotalMinutes} min {time.Seconds} s";
}
