using System.CommandLine;
using Dml.Configuration;
using Dml.Host.Composition;
using Dml.Host.Runs;
using Dml.Host.Training;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml train: makes a run from a config.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train", "Trains a model as a config says, caches its features and evaluates it.");
        var file = new Argument<string>("CONFIG") { Description = "A config file (JSON with comments)." };
        command.Arguments.Add(file);
        var (set, plugins, overwrite, seed, device) = (CommonOptions.Set(), CommonOptions.Plugins(), CommonOptions.Overwrite(), CommonOptions.Seed(), CommonOptions.Device());
        var output = CommonOptions.Out("The run folder; runs/<config>-<seed> when not given.");
        foreach (var option in new Option[] { set, output, seed, device, overwrite, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var path = arguments.GetValue(file)!;
                var root = ConfigFile.Load(path, CommonOptions.Overrides(arguments.GetValue(set)!, arguments.GetValue(seed), arguments.GetValue(device)));
                var config = Bind(root, arguments.GetValue(plugins)!);
                var folder = arguments.GetValue(output) ?? Path.Combine("runs", $"{Path.GetFileNameWithoutExtension(path)}-{config.Section<long>(HostSections.Seed)}");
                Train(config, Path.GetDirectoryName(Path.GetFullPath(path))!, folder, arguments.GetValue(overwrite), progress, token);
            },
            cancellation)));
        return command;
    }

    /// <summary>Binds a training config, all problems reported together.</summary>
    public static BoundConfig Bind(ConfigNode root, IReadOnlyList<string> plugins) =>
        new Composer(PluginCatalog.Load(plugins), HostSections.All).Bind(root, PluginKind.Dataset, PluginKind.Backbone, PluginKind.Loss);

    /// <summary>Trains and prints the metrics.</summary>
    public static RunFolder Train(BoundConfig config, string baseDirectory, string folder, bool overwrite, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        NativeTorch.EnsureLoaded();
        var run = new TrainingRun(config, baseDirectory, progress, cancellationToken).Execute(folder, overwrite);
        EvaluateCommand.Print(RunMetrics.TryRead(run.Metrics)!);
        Console.WriteLine($"Wrote the run to {folder}.");
        return run;
    }
}
