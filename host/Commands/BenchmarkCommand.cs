using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Experiments;

namespace Dml.Host.Commands;

/// <summary>dml benchmark: the experiment of that name, as a command.</summary>
internal static class BenchmarkCommand
{
    private const string Experiment = "benchmark";

    public static Command Create()
    {
        var command = new Command(
            Experiment, "Compares influence estimators over runs of several datasets and losses; one that was stopped goes on where it was.");
        var runs = new Argument<string[]>("RUN") { Description = "Run folders.", Arity = ArgumentArity.OneOrMore };
        var estimators = new Option<string?>("--estimators")
        {
            Description = "Names, separated by commas, each with an option if you like, as if.solver=ekfac; the same as --set experiment.estimators=[...].",
            HelpName = "NAMES",
        };
        var (set, plugins) = (CommonOptions.Set(), CommonOptions.Plugins());
        set.Description = "Sets an option of it, experiment.subsets=200, or of an estimator, if.lambda=10; `dml describe benchmark` lists them. Repeatable.";
        var output = CommonOptions.Out("Where the results go; experiments/benchmark in the run folder when there is one RUN.");
        command.Arguments.Add(runs);
        foreach (var option in new Option[] { estimators, set, output, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                string[] chosen = arguments.GetValue(estimators) is not { } names ? []
                    : [$"experiment.estimators=[{string.Join(',', names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        .Select(n => $"\"{n}\""))}]"];
                ExperimentCommand.Print(ExperimentSession.Run(
                    Experiment, arguments.GetValue(runs)!, arguments.GetValue(output), [.. chosen, .. arguments.GetValue(set)!],
                    PluginCatalog.Load(arguments.GetValue(plugins)!), progress, token));
            },
            cancellation)));
        return command;
    }
}
