using System.CommandLine;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml export: weights, features and embeddings of a run for other tools.</summary>
internal static class ExportCommand
{
    private const string SafeTensorsFormat = "safetensors";
    private const string NpyFormat = "npy";

    public static Command Create()
    {
        var command = new Command("export", "Writes the weights, features and embeddings of a run as safetensors or .npy files.");
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        command.Arguments.Add(run);
        var output = new Option<string>("--out") { Description = "A new or empty folder.", HelpName = "DIR", Required = true };
        var format = new Option<string>("--format") { Description = "safetensors or npy.", DefaultValueFactory = _ => SafeTensorsFormat };
        format.AcceptOnlyFromAmong(SafeTensorsFormat, NpyFormat);
        command.Options.Add(output);
        command.Options.Add(format);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) => Export(RunFolder.Open(arguments.GetValue(run)!), arguments.GetValue(output)!, arguments.GetValue(format)!), cancellation)));
        return command;
    }

    private static void Export(RunFolder run, string folder, string format)
    {
        NativeTorch.EnsureLoaded();
        foreach (var warning in RunInputs.Warnings(run)) WriterLock.Warn(warning);
        var count = RunExport.Write(run, folder, format == NpyFormat ? RunExport.NpyFiles : RunExport.SafeTensorFiles);
        Console.WriteLine($"Wrote {count} files to {folder}.");
    }
}
