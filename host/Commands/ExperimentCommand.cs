using System.CommandLine;
using System.Text;
using System.Text.Json;
using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Experiments;
using Dml.Engine.Explaining;
using Dml.Engine.Plugins;
using Dml.Engine.Reporting;
using Dml.Host.Terminal;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml experiment: the paper's experiments on runs.</summary>
internal static class ExperimentCommand
{
    private const string Section = "experiment";

    private static readonly IReadOnlyList<(string Name, Func<ExperimentContext, ExperimentResult> Run)> Known =
    [
        (ConfusionTableExperiment.Name, ConfusionTableExperiment.Run),
        (FixExperiment.Name, FixExperiment.Run),
        (GeneralizationExperiment.Name, GeneralizationExperiment.Run),
        (MislabelExperiment.Name, MislabelExperiment.Run),
        (RelabelExperiment.Name, RelabelExperiment.Run),
        (RuntimeExperiment.Name, RuntimeExperiment.Run),
        (SamplesExperiment.Name, SamplesExperiment.Run),
    ];

    public static Command Create()
    {
        var names = string.Join(", ", Known.Select(k => k.Name));
        var command = new Command("experiment", $"Runs an experiment of the paper on one or more runs: {names}. One that was stopped goes on where it was.");
        var name = new Argument<string>("NAME") { Description = names };
        var runs = new Argument<string[]>("RUN") { Description = "Run folders.", Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(name);
        command.Arguments.Add(runs);
        var (set, plugins) = (CommonOptions.Set(), CommonOptions.Plugins());
        var output = CommonOptions.Out("Where the results go; experiments/NAME in the run folder when there is one RUN.");
        foreach (var option in new Option[] { set, output, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) => Run(arguments.GetValue(name)!, arguments.GetValue(runs)!, arguments.GetValue(output), arguments.GetValue(set)!, arguments.GetValue(plugins)!, progress, token),
            cancellation)));
        return command;
    }

    private static void Run(string name, string[] paths, string? output, string[] set, string[] plugins, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var experiment = Known.FirstOrDefault(k => k.Name == name);
        if (experiment.Run is null) throw new DmlException($"NAME: {NearestName.Explain("experiment", name, [.. Known.Select(k => k.Name)]).TrimEnd('.')}.");
        var catalog = PluginCatalog.Load(plugins);
        string[] names = [.. catalog.OfKind(PluginKind.Estimator).Select(p => p.Name)];
        string[] ofEstimators = [.. set.Where(s => names.Contains(s.Split('.', '=')[0]))];
        var options = Bind([.. set.Except(ofEstimators)]);
        var runs = ExperimentRun.Open(paths);
        if (output is null && runs.Count > 1) throw new DmlException($"--out: expected a folder for the results of {runs.Count} runs, found nothing; give --out DIR.");
        // A run has files of the same names as an experiment's.
        var folder = ResultsFolder.Check(output ?? Path.Combine(runs[0].Folder.Path, ExperimentFiles.Folder, name), own: null);
        NativeTorch.EnsureLoaded();
        var units = new ExperimentUnits(folder, Plan(name, runs, options, ofEstimators));
        var result = experiment.Run(new(runs, options, catalog, units, folder, progress, cancellationToken) { EstimatorSettings = ofEstimators });
        ExperimentFiles.Write(folder, result);
        units.Clear();
        Print(result, folder);
    }

    private static ExperimentOptions Bind(string[] set)
    {
        var root = ConfigNode.Object([], "", new("command line", 0));
        foreach (var setting in set)
        {
            if (!setting.StartsWith(Section + ".", StringComparison.Ordinal)) throw new DmlException($"--set {setting}: expected a setting of {Section}, such as {Section}.seed=1, or of an estimator by its name, such as if.lambda=10, found another; correct it.");
            root = ConfigOverride.Apply(root, setting);
        }

        var problems = new ConfigProblems();
        var options = ExperimentOptionsBinder.Bind(root[Section] ?? ConfigNode.Object([], Section, root.Source), problems);
        problems.ThrowIfAny();
        return options!;
    }

    private static string Plan(string name, IReadOnlyList<ExperimentRun> runs, ExperimentOptions options, IReadOnlyList<string> ofEstimators)
    {
        var plan = new StringBuilder(name).AppendJoin(' ', ofEstimators).Append('\n').Append(typeof(Engine.Sessions.Model).Assembly.ManifestModule.ModuleVersionId).Append('\n');
        plan.AppendJoin(',', options.Estimators).Append('\n').Append(JsonSerializer.Serialize([options.Pairs, options.Groups, options.SuspicionGroups, options.WorstClasses, options.Seed, (int)options.Augment, options.Bundle, options.LeastVote], ExperimentJson.Default.DoubleArray));
        foreach (var run in runs) plan.Append('\n').Append(run.Folder.Path).Append(' ').Append(InfluencePlan.Fingerprint(run.Folder.Features)).Append(' ').Append(InfluencePlan.Fingerprint(run.Folder.Config));
        return plan.ToString();
    }

    private static void Print(ExperimentResult result, string folder)
    {
        foreach (var sentence in result.Summary) Console.WriteLine(sentence);
        var table = result.Tables[0];
        Console.WriteLine(TextTable.Render(table.Columns, [.. table.Rows.Select(r => (IReadOnlyList<string>)[.. r.Select(c => c.Shown)])]));
        Console.WriteLine($"Wrote {result.Experiment}.json, {Figures.Count(result.Tables.Count, "table")}, {Figures.Count(result.Figures.Count, "figure")} and report.html to {folder}.");
    }
}
