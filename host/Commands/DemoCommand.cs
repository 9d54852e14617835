using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Explaining;
using TorchSharp;

namespace Dml.Host.Commands;

/// <summary>dml demo: the whole job on drawn characters with known label noise.</summary>
internal static class DemoCommand
{
    private const string Config = "demo.json";
    private const string DefaultFolder = "runs/demo";
    private const int Groups = 10;
    private const int Top = 50;

    public static Command Create()
    {
        var command = new Command("demo", "Trains on drawn characters with 10 % wrong labels, finds the errors, explains them and finds the wrong labels.");
        var (set, plugins, overwrite, seed, device) =
            (CommonOptions.Set(), CommonOptions.Plugins(), CommonOptions.Overwrite(), CommonOptions.Seed(), CommonOptions.Device());
        var output = CommonOptions.Out($"The run folder; {DefaultFolder} when not given.");
        var aggregate = MislabelCommand.Aggregate();
        foreach (var option in new Option[] { set, output, seed, device, overwrite, plugins, aggregate }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var overrides = CommonOptions.Overrides(arguments.GetValue(set)!, arguments.GetValue(seed), arguments.GetValue(device));
                var root = overrides.Aggregate(ConfigFile.Parse(ReadConfig(), Config), ConfigOverride.Apply);
                Run(root, arguments.GetValue(plugins)!, arguments.GetValue(output) ?? DefaultFolder, arguments.GetValue(overwrite),
                    MislabelCommand.ParseAggregate(arguments.GetValue(aggregate)!), progress, token);
            },
            cancellation)));
        return command;
    }

    private static void Run(
        Configuration.ConfigNode root, IReadOnlyList<string> plugins, string folder, bool overwrite, HarmAggregate aggregate,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var run = TrainCommand.Train(TrainCommand.Bind(root, plugins), Directory.GetCurrentDirectory(), folder, overwrite, progress, cancellationToken);
        using var held = WriterLock.Take(run.Path, "demo");
        using var model = Model.OpenRun(run.Path, PluginCatalog.Load(plugins), estimator: null, overrides: []);
        ConfusionsCommand.Find(model, Groups, run.Path);
        InfluenceCommand.Explain(model, new() { Groups = Groups }, torch.ScalarType.Float32, Top, run.Path, GridPart.All, progress, cancellationToken);
        MislabelCommand.Detect(model, Groups, aggregate, torch.ScalarType.Float32, run.Path, progress, cancellationToken);
        ReportCommand.Write(run);
        NextStep.Say($"dml open {NextStep.Shown(run)}", "shows all of it in a browser, where labels are put right", "demo");
    }

    private static string ReadConfig()
    {
        using var stream = typeof(Engine.Model).Assembly.GetManifestResourceStream(Config)
            ?? throw new InvalidOperationException($"The resource {Config} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
