using System.Diagnostics;
using Dml.Tests.EndToEnd;

namespace Dml.Tests.Explorer;

/// <summary>dml open as a process of its own, which can be killed.</summary>
internal sealed class OpenProcess : IDisposable
{
    private readonly Process _process;

    private OpenProcess(Process process, Uri entrance) => (_process, Entrance) = (process, entrance);

    /// <summary>The address that it printed.</summary>
    public Uri Entrance { get; }

    /// <summary>Starts it and returns once it listens.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="cache">The user's cache folder.</param>
    public static async Task<OpenProcess> Start(string run, string cache)
    {
        var start = new ProcessStartInfo(DmlProcess.Host(), ["open", run, "--token", BrowsedExplorer.Token])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_CACHE_HOME"] = cache;
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        return new(process, new(line[line.IndexOf("http", StringComparison.Ordinal)..]));
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
