using System.CommandLine;
using Dml.Engine;

namespace Dml.Host.Commands;

/// <summary>dml embed: embeddings of images from anywhere.</summary>
internal static class EmbedCommand
{
    public static Command Create()
    {
        var command = new Command("embed", "Writes the embeddings of images from anywhere, rows in the order of the images, with their names beside them.");
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        var images = new Argument<string[]>("IMAGE") { Description = "Image files, or folders with images at any depth.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "The file: .npy or .safetensors.", HelpName = "FILE", Required = true };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a file that stands there." };
        var features = new Option<bool>("--features") { Description = "Write the features, before the head, instead of embeddings." };
        var plugins = CommonOptions.Plugins();
        command.Arguments.Add(run);
        command.Arguments.Add(images);
        foreach (var option in new Option[] { output, overwrite, features, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                CommonOptions.RefuseOptions(arguments.GetValue(images)!);
                using var opened = Run.Open(arguments.GetValue(run)!, PluginCatalog.Load(arguments.GetValue(plugins)!));
                var count = opened.WriteEmbeddings(
                    arguments.GetValue(images)!, arguments.GetValue(output)!, arguments.GetValue(features), arguments.GetValue(overwrite), progress, token);
                Console.WriteLine($"Wrote {count} rows to {arguments.GetValue(output)}, and their names beside it.");
            },
            cancellation)));
        return command;
    }
}
