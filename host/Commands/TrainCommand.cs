using System.CommandLine;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Host.Terminal;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml train: makes a run from a config.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train", "Trains a model as a config says, caches its features and evaluates it.");
        var file = new Argument<string?>("CONFIG") { Description = "A config file (JSON with comments).", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(file);
        var (set, plugins, overwrite, seed, device) =
            (CommonOptions.Set(), CommonOptions.Plugins(), CommonOptions.Overwrite(), CommonOptions.Seed(), CommonOptions.Device());
        var output = CommonOptions.Out("The run folder; runs/<config>-<seed> when not given.");
        var resume = new Option<string?>("--resume") { Description = "Goes on with a training that was stopped, instead of CONFIG.", HelpName = "RUN" };
        var schedule = new Option<string?>("--schedule-from")
        {
            Description = "A run of mode validate, whose milestones and best epoch this training takes over.",
            HelpName = "RUN",
        };
        var seeds = new Option<string?>("--seeds")
        {
            Description = "A run for each of these seeds, A..B or a list A,B,C, instead of --seed; each gets -SEED behind the name of its folder.",
            HelpName = "A..B",
        };
        foreach (var option in new Option[] { set, output, seed, seeds, device, overwrite, schedule, resume, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var path = arguments.GetValue(file);
                if (arguments.GetValue(resume) is { } unfinished)
                {
                    RequireAlone(command, arguments, resume, plugins, path is not null);
                    Resume(unfinished, arguments.GetValue(plugins)!, progress, token);
                    return;
                }

                if (path is null)
                {
                    throw new DmlException("Expected a config file, found nothing; give one, or --resume RUN to go on with a training that was stopped.");
                }

                string[] settings = [.. Schedule(arguments.GetValue(schedule)), .. arguments.GetValue(set)!];
                var several = SeedList.Parse(arguments.GetValue(seeds));
                if (several is not null && arguments.GetValue(seed) is not null)
                {
                    throw new DmlException("--seeds: expected it without --seed, found both; give one of them.");
                }

                foreach (var one in several ?? [arguments.GetValue(seed)])
                {
                    var root = ConfigFile.Load(path, CommonOptions.Overrides(settings, one, arguments.GetValue(device)));
                    if (FittingRun.Is(root))
                    {
                        throw new DmlException($"{path}: expected a config with a dataset, found one with features; `dml fit {path}` fits a head on them.");
                    }

                    var config = Bind(root, arguments.GetValue(plugins)!);
                    var number = config.Section<long>(HostSections.Seed);
                    var named = arguments.GetValue(output) is { } given
                        ? several is null ? given : FormattableString.Invariant($"{Path.TrimEndingDirectorySeparator(given)}-{number}")
                        : null;
                    var folder = named ?? Path.Combine("runs", FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(path)}-{number}"));
                    if (several is not null && !arguments.GetValue(overwrite) && File.Exists(new RunFolder(Path.GetFullPath(folder)).Facts))
                    {
                        Console.WriteLine($"There is a run in {folder} already; --overwrite would make it anew.");
                        continue;
                    }

                    Train(config, Path.GetDirectoryName(Path.GetFullPath(path))!, folder, arguments.GetValue(overwrite), progress, token);
                }
            },
            cancellation)));
        return command;
    }

    /// <summary>What a full training takes over from a validating run, as overrides.</summary>
    private static IReadOnlyList<string> Schedule(string? run)
    {
        if (run is null) return [];
        var folder = RunFolder.Open(run);
        var found = ValidationRecord.Read(folder);
        var watched = ConfigFile.Load(folder.Config)[HostSections.Training]?[NamedSections.Schedule];
        if (watched?["name"]?.Text is { } name and not "plateau")
        {
            throw new DmlException(
                $"--schedule-from: expected a run whose rates fell where its validation stopped improving, found {run} of the schedule {name}, "
                + "whose rates were known before; give training.schedule in the config instead.");
        }

        string[] gamma = watched?["gamma"] is { } factor ? [$"training.gamma={factor.Text}"] : [];
        return
        [
            .. gamma, "training.schedule=null", $"training.milestones=[{string.Join(',', found.Milestones)}]",
            FormattableString.Invariant($"training.stopAfterEpoch={found.BestEpoch}"), "training.mode=full",
        ];
    }

    /// <summary>Refuses what is given beside --resume.</summary>
    public static void RequireAlone(Command command, ParseResult arguments, Option resume, Option plugins, bool hasConfig)
    {
        var other = hasConfig
            ? "CONFIG"
            : command.Options.FirstOrDefault(o => o != resume && o != plugins && arguments.GetResult(o) is { Implicit: false })?.Name;
        if (other is not null)
        {
            throw new DmlException($"--resume: expected it alone, since a training goes on as it was started, found {other} too; leave it out.");
        }
    }

    /// <summary>Goes on with a training or a fit, and prints the metrics.</summary>
    public static void Resume(string path, IReadOnlyList<string> plugins, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        NativeTorch.EnsureLoaded();
        using var writer = RunWriter.Resume(path);
        var root = ConfigFile.Load(writer.Folder.Config);
        using var making = RunMaking.Open(root, writer.Folder.Path, PluginCatalog.Load(plugins), progress, cancellationToken);
        Print(making.Execute(writer, path));
    }

    /// <summary>Binds a training config, all problems reported together.</summary>
    public static BoundConfig Bind(ConfigNode root, IReadOnlyList<string> plugins) =>
        RunMaking.Bind(root, PluginCatalog.Load(plugins));

    /// <summary>Trains and prints the metrics.</summary>
    public static RunFolder Train(
        BoundConfig config, string baseDirectory, string folder, bool overwrite, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        NativeTorch.EnsureLoaded();
        var run = new TrainingRun(config, baseDirectory, progress, cancellationToken).Execute(folder, overwrite);
        Print(run);
        return run;
    }

    /// <summary>Prints the metrics and where the run is.</summary>
    public static void Print(RunFolder run)
    {
        EvaluateCommand.Print(RunMetrics.TryRead(run.Metrics)!);
        var path = Path.GetRelativePath(Directory.GetCurrentDirectory(), run.Path);
        Console.WriteLine($"Wrote the run to {path}.");
        CommandOutput.Current.AddFile("metrics", run.Metrics);
        NextStep.Say(
            $"dml audit {NextStep.Shown(run)}",
            "looks for what is wrong with its data, `dml confusions` lists its errors, `dml open` shows both in a browser", "train", "import", "fit");
    }
}
