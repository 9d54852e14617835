using System.CommandLine;
using Dml.Engine.Config;
using Dml.Engine.Models;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml import: makes a run of a model that was trained elsewhere.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var command = new Command("import", "Makes a run of a model that was trained elsewhere: reads its weights, caches its features and evaluates it.");
        var file = new Argument<string>("CONFIG") { Description = "A config file with the dataset, the backbone and the loss of the model." };
        command.Arguments.Add(file);
        var weights = new Option<string>("--weights") { Description = "Backbone and head: .pth, .pt or .safetensors.", HelpName = "FILE", Required = true };
        var proxies = new Option<string?>("--proxies")
        {
            Description = "The loss's proxies, where they are a file of their own: .pth, .pt, .safetensors or .npy.",
            HelpName = "FILE",
        };
        var partial = new Option<bool>("--partial") { Description = "Take what fits: unknown and missing tensors are told instead of refused." };
        var prefix = new Option<string?>("--prefix")
        {
            Description = "What stands before the backbone's names, where the file holds more than one backbone.",
            HelpName = "NAME",
        };
        var head = new Option<string?>("--head") { Description = "The head's weight, where more than one fits.", HelpName = "NAME" };
        var proxiesKey = new Option<string?>("--proxies-key") { Description = "The tensor with the proxies, where more than one fits.", HelpName = "NAME" };
        var (set, plugins, overwrite, seed, device) =
            (CommonOptions.Set(), CommonOptions.Plugins(), CommonOptions.Overwrite(), CommonOptions.Seed(), CommonOptions.Device());
        var output = new Option<string>("--out") { Description = "The run folder.", HelpName = "DIR", Required = true };
        Option[] all = [weights, proxies, output, partial, prefix, head, proxiesKey, set, seed, device, overwrite, plugins];
        foreach (var option in all) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var path = arguments.GetValue(file)!;
                var root = ConfigFile.Load(path, CommonOptions.Overrides(arguments.GetValue(set)!, arguments.GetValue(seed), arguments.GetValue(device)));
                var config = TrainCommand.Bind(root, arguments.GetValue(plugins)!);
                NativeTorch.EnsureLoaded();
                var run = new TrainingRun(config, Path.GetDirectoryName(Path.GetFullPath(path))!, progress, token)
                {
                    Import = ModelImport.Open(
                        arguments.GetValue(weights)!, arguments.GetValue(proxies), arguments.GetValue(partial),
                        new(arguments.GetValue(prefix), arguments.GetValue(head), arguments.GetValue(proxiesKey))),
                };
                TrainCommand.Print(run.Execute(arguments.GetValue(output)!, arguments.GetValue(overwrite)));
            },
            cancellation)));
        return command;
    }
}
