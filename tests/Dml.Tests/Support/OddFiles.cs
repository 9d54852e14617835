using System.Diagnostics;

namespace Dml.Tests.Support;

/// <summary>Files that are none.</summary>
internal static class OddFiles
{
    /// <summary>Makes a named pipe that nobody writes to.</summary>
    public static string Pipe(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        using var make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
        return path;
    }
}
