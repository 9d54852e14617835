using System.CommandLine;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Storage;
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

    /// <summary>Writes into a neighbour first and renames it, so that the folder is complete or absent.</summary>
    private static void Export(RunFolder run, string folder, string format)
    {
        var target = OutputFolder.Resolve(folder);
        var partial = target + ".partial";
        if (File.Exists(target)) throw new DmlException($"--out: expected a folder, found the file {folder}; choose another --out.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()) throw new DmlException($"--out: expected a new or empty folder, found {folder} with files in it; choose another --out.");
        if (Directory.Exists(partial)) throw new DmlException($"--out: expected no folder {partial}, which the files are written to before it is renamed, found one; move it away.");
        NativeTorch.EnsureLoaded();
        try
        {
            Directory.CreateDirectory(partial);
            if (format == NpyFormat) RunExport.NpyFiles(run, partial);
            else RunExport.SafeTensorFiles(run, partial);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(partial, target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to write to {folder}, but the system refused ({error.Message.TrimEnd('.')}); choose another --out.", error);
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }

        Console.WriteLine($"Wrote {Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Count()} files to {folder}.");
    }
}
