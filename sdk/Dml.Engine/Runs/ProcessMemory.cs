using System.Diagnostics;

namespace Dml.Engine.Runs;

/// <summary>Memory of this process.</summary>
internal static class ProcessMemory
{
    /// <summary>The largest resident memory so far, mapped pages of files included.</summary>
    public static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
