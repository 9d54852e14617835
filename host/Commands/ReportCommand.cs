using System.CommandLine;
using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Engine.Runs;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml report: one self-contained HTML file of what a run folder holds.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var command = new Command("report", "Writes report.html: one self-contained file with curves, confusions and their causes.");
        var folder = new Argument<string>("RUN") { Description = "A run folder." };
        command.Arguments.Add(folder);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) =>
            {
                var run = RunFolder.Open(arguments.GetValue(folder)!);
                using var held = WriterLock.Take(run.Path, "report");
                foreach (var warning in RunInputs.Warnings(run)) WriterLock.Warn(warning);
                Write(run);
            },
            cancellation)));
        return command;
    }

    /// <summary>Writes the report and says where it is.</summary>
    public static void Write(RunFolder run)
    {
        NativeTorch.EnsureLoaded();
        if (Report.Write(run) is { } absent) WriterLock.Warn(absent);
        Console.WriteLine($"Wrote {run.Report}.");
        if (!File.Exists(Path.Combine(run.Path, InfluenceFiles.Summary))) Console.WriteLine("It shows no causes yet; `dml influence RUN` computes them.");
    }
}
