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
        var folder = new Argument<string?>("RUN") { Description = "A run folder.", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(folder);
        var features = new Option<string?>("--features")
        {
            Description = "Features with their head, in place of RUN: they become a run at --out, which the report is of.",
            HelpName = "FILE|DIR",
        };
        var loss = new Option<string?>("--loss") { Description = "With --features: the loss that the head was trained with.", HelpName = "NAME" };
        var output = CommonOptions.Out("With --features: the run folder.");
        var (overwrite, plugins) = (CommonOptions.Overwrite(), CommonOptions.Plugins());
        foreach (var option in new Option[] { features, loss, output, overwrite, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var (given, file) = (arguments.GetValue(folder), arguments.GetValue(features));
                FeatureRun.RequireOne(given, file);
                if (file is null)
                {
                    FeatureRun.RefuseOptions(arguments, loss, output, overwrite);
                    WriteHeld(RunFolder.Open(given!));
                    return;
                }

                var name = arguments.GetValue(loss)
                    ?? throw new DmlException("--loss: expected the loss that the head was trained with, found nothing; give --loss NAME.");
                var place = arguments.GetValue(output) ?? throw new DmlException("--out: expected a folder for the run, found nothing; give --out DIR.");
                WriteHeld(FeatureRun.Adopt(file, name, place, arguments.GetValue(overwrite), arguments.GetValue(plugins)!, progress, token));
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
        if (File.Exists(Path.Combine(run.Path, InfluenceFiles.Summary))) return;
        Console.WriteLine($"It shows no causes yet; `dml influence {NextStep.Shown(run)}` computes them.");
    }

    private static void WriteHeld(RunFolder run)
    {
        using var held = WriterLock.Take(run.Path, "report");
        foreach (var warning in RunInputs.Warnings(run)) WriterLock.Warn(warning);
        Write(run);
    }
}
