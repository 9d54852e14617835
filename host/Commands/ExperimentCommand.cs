using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Experiments;
using Dml.Engine.Reporting;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml experiment: the paper's experiments on runs.</summary>
internal static class ExperimentCommand
{
    public static Command Create()
    {
        var command = new Command("experiment", "Runs an experiment of the paper on one or more runs; one that was stopped goes on where it was.");
        var name = new Argument<string>("NAME") { Description = string.Join('\n', Experiment.All.Select(e => $"{e.Name}: {e.Summary}")) };
        var runs = new Argument<string[]>("RUN") { Description = "Run folders.", Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(name);
        command.Arguments.Add(runs);
        var (set, plugins) = (CommonOptions.Set(), CommonOptions.Plugins());
        set.Description = "Sets an option of the experiment, experiment.seed=1, or of an estimator, if.lambda=10; `dml describe NAME` lists them. Repeatable.";
        var output = CommonOptions.Out("Where the results go; experiments/NAME in the run folder when there is one RUN.");
        foreach (var option in new Option[] { set, output, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var catalog = PluginCatalog.Load(arguments.GetValue(plugins)!);
                Print(ExperimentSession.Run(
                    arguments.GetValue(name)!, arguments.GetValue(runs)!, arguments.GetValue(output), arguments.GetValue(set)!, catalog, progress, token));
            },
            cancellation)));
        return command;
    }

    /// <summary>Prints what was found, and where the files are.</summary>
    public static void Print(ExperimentOutcome outcome)
    {
        var result = outcome.Result;
        foreach (var sentence in result.Summary) Console.WriteLine(sentence);
        var table = result.Tables[0];
        Console.WriteLine(TextTable.Render(table.Columns, [.. table.Rows.Select(r => (IReadOnlyList<string>)[.. r.Select(c => c.Shown)])]));
        var (tables, figures) = (Figures.Count(result.Tables.Count, "table"), Figures.Count(result.Figures.Count, "figure"));
        Console.WriteLine($"Wrote {result.Name}.json, {tables}, {figures} and report.html to {outcome.Folder}.");
        CommandOutput.Current.AddFile("result", Path.Combine(outcome.Folder, result.Name + ".json"));
    }
}
