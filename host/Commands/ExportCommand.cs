using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml export: weights, features and embeddings of a run for other tools, or its network as an ONNX model.</summary>
internal static class ExportCommand
{
    private const string SafeTensorsFormat = "safetensors";
    private const string NpyFormat = "npy";

    public static Command Create()
    {
        var command = new Command(
            "export", "Writes the weights, features and embeddings of a run as safetensors or .npy files, or its network as an ONNX model.");
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        command.Arguments.Add(run);
        var output = new Option<string?>("--out") { Description = "A new or empty folder for weights, features and embeddings.", HelpName = "DIR" };
        var format = new Option<string>("--format") { Description = "safetensors or npy.", DefaultValueFactory = _ => SafeTensorsFormat };
        format.AcceptOnlyFromAmong(SafeTensorsFormat, NpyFormat);
        var onnx = new Option<string?>("--onnx")
        {
            Description = "A file for backbone and head as one ONNX model with embeddings of length 1.",
            HelpName = "FILE",
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a model that stands at FILE." };
        var plugins = CommonOptions.Plugins();
        foreach (var option in new Option[] { output, format, onnx, overwrite, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) =>
            {
                var (folder, file) = (arguments.GetValue(output), arguments.GetValue(onnx));
                if (folder is null && file is null)
                {
                    throw new DmlException("Expected --out DIR for arrays or --onnx FILE for a model, found neither; give one or both.");
                }

                var opened = Open(arguments.GetValue(run)!);
                if (folder is not null) Export(opened, folder, arguments.GetValue(format)!);
                if (file is not null) ExportOnnx(opened, file, arguments.GetValue(overwrite), arguments.GetValue(plugins)!);
            },
            cancellation)));
        return command;
    }

    private static RunFolder Open(string path)
    {
        var run = RunFolder.Open(path);
        NativeTorch.EnsureLoaded();
        foreach (var warning in RunInputs.Warnings(run)) WriterLock.Warn(warning);
        return run;
    }

    private static void Export(RunFolder run, string folder, string format)
    {
        var count = RunExport.Write(run, folder, format == NpyFormat ? RunExport.NpyFiles : RunExport.SafeTensorFiles);
        Console.WriteLine($"Wrote {count} files to {folder}.");
    }

    private static void ExportOnnx(RunFolder run, string file, bool overwrite, string[] plugins)
    {
        var (deviation, reason) = OnnxExport.Write(run, file, overwrite, PluginCatalog.Load(plugins));
        Console.WriteLine(deviation is { } difference
            ? string.Create(CultureInfo.InvariantCulture, $"Wrote {file}; ONNX Runtime gives the same embeddings to within {difference:G2}.")
            : $"Wrote {file}; it was not run, since {reason}.");
    }
}
