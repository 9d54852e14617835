using System.Diagnostics;

namespace Dml.Tests.EndToEnd;

/// <summary>The built host as a process of its own, for what only signals can show.</summary>
internal sealed class DmlProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly List<string> _errorLines = [];

    private DmlProcess(IReadOnlyList<string> arguments)
    {
        // A shell's background job is started with SIGINT ignored, and so would be its children.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,TERM", Host(), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
    }

    public IReadOnlyList<string> ErrorLines => _errorLines;

    /// <summary>Starts the host and kills it after a time, unless it has ended by then.</summary>
    /// <returns>Whether it was killed.</returns>
    public static async Task<bool> KillAfter(TimeSpan time, params IReadOnlyList<string> arguments)
    {
        using var dml = new DmlProcess(arguments);
        dml._process.ErrorDataReceived += (_, _) => { };
        dml._process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(time);
        try
        {
            await dml._process.WaitForExitAsync(limit.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            dml._process.Kill();
            await dml._process.WaitForExitAsync(CancellationToken.None);
            return true;
        }
    }

    /// <summary>Runs the host to its end.</summary>
    public static Task<CommandOutcome> Run(params IReadOnlyList<string> arguments) => RunWith([], arguments);

    /// <summary>Runs the host to its end, with some variables of the environment set.</summary>
    public static async Task<CommandOutcome> RunWith(IReadOnlyList<(string Name, string Value)> environment, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Host(), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>Starts the host and returns when a line of its standard error begins with the given text.</summary>
    public static async Task<DmlProcess> StartUntil(string line, params IReadOnlyList<string> arguments)
    {
        var dml = new DmlProcess(arguments);
        using var patience = new CancellationTokenSource(Patience);
        while (await dml._process.StandardError.ReadLineAsync(patience.Token) is { } read)
        {
            dml._errorLines.Add(read);
            if (read.StartsWith(line, StringComparison.Ordinal)) return dml;
        }

        dml.Dispose();
        throw new InvalidOperationException($"The host ended before \"{line}\": {string.Join('\n', dml._errorLines)}");
    }

    /// <summary>Runs a line of bash in which $dml is the built host, and returns its exit code and what it wrote to standard error.</summary>
    public static async Task<(int ExitCode, string Error)> Shell(string line)
    {
        var start = new ProcessStartInfo("bash", ["-c", line]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["dml"] = Host();
        using var shell = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var output = shell.StandardOutput.ReadToEndAsync(patience.Token);
        var error = await shell.StandardError.ReadToEndAsync(patience.Token);
        await output;
        await shell.WaitForExitAsync(patience.Token);
        return (shell.ExitCode, error);
    }

    /// <summary>Sends two signals, one shortly after the other, and returns the exit code.</summary>
    public async Task<int> SignalTwice(string name, TimeSpan between)
    {
        using var patience = new CancellationTokenSource(Patience);
        var errors = _process.StandardError.ReadToEndAsync(patience.Token);
        for (var i = 0; i < 2; i++)
        {
            using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id} 2>/dev/null"]);
            await kill.WaitForExitAsync(patience.Token);
            if (i == 0) await Task.Delay(between, patience.Token);
        }

        _errorLines.AddRange((await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal and returns the exit code.</summary>
    public async Task<int> Signal(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id}"]);
        using var patience = new CancellationTokenSource(Patience);
        _errorLines.AddRange((await _process.StandardError.ReadToEndAsync(patience.Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    /// <summary>artifacts/bin/Dml.Host/CONFIGURATION/dml, told from artifacts/plugins/CONFIGURATION/.</summary>
    public static string Host()
    {
        var plugins = Path.TrimEndingDirectorySeparator((string)AppContext.GetData("Dml.PluginsDir")!);
        var host = Path.GetFullPath($"../../bin/Dml.Host/{Path.GetFileName(plugins)}/dml", plugins);
        Assert.True(File.Exists(host), $"Expected the built host at {host}.");
        return host;
    }
}
