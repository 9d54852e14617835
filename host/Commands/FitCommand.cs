using System.CommandLine;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml fit: makes a run of given features.</summary>
internal static class FitCommand
{
    public static Command Create()
    {
        var command = new Command("fit", "Fits a head, linear or MLP, on given features, and makes a run of it that every command takes.");
        var file = new Argument<string?>("CONFIG")
        {
            Description = "A config file with loss, head, training, evaluation; none is needed beside --loss.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        command.Arguments.Add(file);
        var features = new Option<string?>("--features")
        {
            Description = "Features and labels: a .safetensors, .npz or .parquet file, a folder of .npy files, or one with train.* and test.*.",
            HelpName = "FILE|DIR",
        };
        var test = new Option<string?>("--test-features") { Description = "The test split, where it is a file of its own.", HelpName = "FILE" };
        var loss = new Option<string?>("--loss") { Description = "The loss; the same as --set loss=NAME.", HelpName = "NAME" };
        var output = CommonOptions.Out("The run folder; runs/<features>-<seed> when not given.");
        var resume = new Option<string?>("--resume") { Description = "Goes on with a fit that was stopped; alone.", HelpName = "RUN" };
        var (set, plugins, overwrite, seed, device) =
            (CommonOptions.Set(), CommonOptions.Plugins(), CommonOptions.Overwrite(), CommonOptions.Seed(), CommonOptions.Device());
        foreach (var option in new Option[] { features, test, loss, set, output, seed, device, overwrite, resume, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                if (arguments.GetValue(resume) is { } unfinished)
                {
                    TrainCommand.RequireAlone(command, arguments, resume, plugins, arguments.GetValue(file) is not null);
                    TrainCommand.Resume(unfinished, arguments.GetValue(plugins)!, progress, token);
                    return;
                }

                var config = arguments.GetValue(file);
                string[] settings = [.. arguments.GetValue(loss) is { } name ? [$"loss={name}"] : Array.Empty<string>(), .. arguments.GetValue(set)!];
                var root = Root(config, CommonOptions.Overrides(settings, arguments.GetValue(seed), arguments.GetValue(device)));
                root = FittingRun.With(root, arguments.GetValue(features), arguments.GetValue(test));
                if (!FittingRun.Is(root)) throw new DmlException("Expected features, found none; give --features FILE, or a config with a section features.");
                Fit(root, config is null ? Directory.GetCurrentDirectory() : Path.GetDirectoryName(Path.GetFullPath(config))!, arguments.GetValue(output),
                    arguments.GetValue(overwrite), arguments.GetValue(plugins)!, progress, token);
            },
            cancellation)));
        return command;
    }

    private static ConfigNode Root(string? config, IReadOnlyList<string> settings) => config is not null ? ConfigFile.Load(config, settings)
        : settings.Aggregate(ConfigNode.Object([], "", new("command line", 0)), ConfigOverride.Apply);

    private static void Fit(
        ConfigNode root, string folder, string? output, bool overwrite, IReadOnlyList<string> plugins, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        NativeTorch.EnsureLoaded();
        using var fit = FittingRun.OpenFeatures(root, folder, PluginCatalog.Load(plugins), progress, cancellationToken);
        TrainCommand.Print(fit.Execute(output ?? Path.Combine("runs", fit.Name), overwrite));
    }
}
