using Dml.Engine.Reporting;
using Dml.Engine.Runs;

namespace Dml.Engine;

/// <summary>The report of a run.</summary>
public static class RunReport
{
    /// <summary>Writes report.html, one self-contained file of what the run folder holds.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The file.</returns>
    /// <exception cref="DmlException">A result in the folder does not belong to the run, another writes into the folder, or the file cannot be
    /// written.</exception>
    public static string WriteReport(this Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        using var held = RunLock.Take(run.Path, "a program that writes its report");
        Report.Write(run.Folder);
        return run.Folder.Report;
    }
}
