using System.Diagnostics;

namespace Dml.Host.Commands;

/// <summary>dml plugins --watch: a plugin's author sees after every build whether the plugin loads.</summary>
internal static class PluginWatch
{
    /// <summary>A build writes several files; they are looked at when it has been quiet for so long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    /// <summary>Lists the plugins of the folder, and again whenever a DLL below it was built, until it is stopped.</summary>
    /// <param name="folder">A plugin root, a build or the folder of projects.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">There is no such folder.</exception>
    public static void Run(string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder)) throw new DmlException($"{folder}: expected a folder with plugins or projects, found none; check the path.");
        using var built = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(folder, "*.dll") { IncludeSubdirectories = true };
        watcher.Changed += (_, _) => built.Release();
        watcher.Created += (_, _) => built.Release();
        watcher.Renamed += (_, _) => built.Release();
        watcher.EnableRaisingEvents = true;
        while (true)
        {
            List(folder);
            Console.Out.WriteLine($"{DateTime.Now:HH:mm:ss}: watching {folder}; Ctrl-C ends it.");
            built.Wait(cancellationToken);
            while (built.Wait(Quiet, cancellationToken)) { }
        }
    }

    /// <summary>In a process of its own: this one would go on seeing the DLL that it loaded first.</summary>
    private static void List(string folder)
    {
        var program = Environment.ProcessPath!;
        string[] dll = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "dml.dll")] : [];
        var start = new ProcessStartInfo(program, [.. dll, "plugins", "--only", folder]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        Console.Out.Write(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
    }
}
