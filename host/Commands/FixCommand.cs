using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Experiments;
using Dml.Storage;

namespace Dml.Host.Commands;

/// <summary>dml fix: which changes of the training data are worth making.</summary>
internal static class FixCommand
{
    public static Command Create()
    {
        var command = new Command(
            "fix", "Suggests labels and exclusions, keeps those that hold up on errors apart, and judges their gain by test items that nothing was chosen by.");
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        command.Arguments.Add(run);
        var (set, plugins) = (CommonOptions.Set(), CommonOptions.Plugins());
        set.Description = "Sets an option, experiment.repeats=8 (`dml describe fix` lists them), or one of an estimator, eif.steps=50. Repeatable.";
        var output = CommonOptions.Out("Where the results go; experiments/fix in the run folder when not given.");
        var retrain = new Option<bool>("--retrain") { Description = "Trains the run's config anew with what is kept, and judges that too." };
        foreach (var option in new Option[] { set, output, retrain, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var catalog = PluginCatalog.Load(arguments.GetValue(plugins)!);
                var outcome = ExperimentSession.Run(
                    new FixExperiment { Retrains = arguments.GetValue(retrain) }, [arguments.GetValue(run)!], arguments.GetValue(output),
                    arguments.GetValue(set)!, catalog, progress, token);
                ExperimentCommand.Print(outcome);
                SayHowToApply(arguments.GetValue(run)!, outcome.Folder);
            },
            cancellation)));
        return command;
    }

    private static void SayHowToApply(string run, string folder)
    {
        string[] settings = [.. new[] { "relabels", "excludes" }
            .Select(key => (Key: key, File: Path.GetFullPath(Path.Combine(folder, key + ".csv"))))
            .Where(s => File.Exists(s.File) && HasRows(s.File))
            .Select(s => $"--set {s.Key}={NextStep.Quoted(s.File)}")];
        if (settings.Length == 0) return;
        var config = NextStep.Quoted(Path.Combine(run, "config.json"));
        NextStep.Say($"dml train {config} {string.Join(' ', settings)} --out DIR", "trains with what is kept", "fix");
    }

    /// <summary>Whether there is more than the names of the columns: where no change is worth making there is nothing to train with.</summary>
    private static bool HasRows(string table) => InputFile.ReadText(table).TrimEnd('\n').Contains('\n', StringComparison.Ordinal);
}
