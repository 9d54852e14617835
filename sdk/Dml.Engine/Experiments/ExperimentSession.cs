using System.Text;
using Dml.Engine.Reporting;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Engine.Experiments;

/// <summary>What an experiment found and where its files are.</summary>
/// <param name="Result">What it found.</param>
/// <param name="Folder">The folder of its files.</param>
internal sealed record ExperimentOutcome(ResultRecord Result, string Folder);

/// <summary>Runs experiments: opens the runs, goes on where one was stopped, and writes the results.</summary>
internal static class ExperimentSession
{
    /// <summary>Runs an experiment whose options are set one by one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="runs">Run folders of one dataset, at least one.</param>
    /// <param name="output">Where the results go; null for experiments/NAME in the run folder where there is one run.</param>
    /// <param name="settings">Of the experiment (<c>experiment.seed=1</c>) and of estimators by name (<c>if.lambda=10</c>).</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops the experiment; finished pieces are kept.</param>
    /// <exception cref="DmlException">Something that was given is wrong.</exception>
    public static ExperimentOutcome Run(
        string name, IReadOnlyList<string> runs, string? output, IReadOnlyList<string> settings, PluginCatalog catalog,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        Run(Experiment.Find(name), runs, output, settings, catalog, progress, cancellationToken);

    /// <summary>Runs an experiment whose options are set one by one.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="runs">Run folders of one dataset, at least one.</param>
    /// <param name="output">Where the results go; null for experiments/NAME in the run folder where there is one run.</param>
    /// <param name="settings">Of the experiment (<c>experiment.seed=1</c>) and of estimators (<c>if.lambda=10</c>).</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops the experiment; finished pieces are kept.</param>
    /// <exception cref="DmlException">Something that was given is wrong.</exception>
    public static ExperimentOutcome Run(
        Experiment experiment, IReadOnlyList<string> runs, string? output, IReadOnlyList<string> settings, PluginCatalog catalog,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var ofEstimators = settings.ToLookup(s => EstimatorSettings.IsOne(catalog, s));
        return Run(experiment.Bind([.. ofEstimators[false]]), runs, output, [.. ofEstimators[true]], catalog, progress, cancellationToken);
    }

    /// <summary>Runs an experiment with its options.</summary>
    /// <param name="bound">The experiment with its options.</param>
    /// <param name="paths">Run folders of one dataset, at least one.</param>
    /// <param name="output">Where the results go; null for experiments/NAME in the run folder where there is one run.</param>
    /// <param name="ofEstimators">Settings of estimators by name.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops the experiment; finished pieces are kept.</param>
    public static ExperimentOutcome Run(
        BoundExperiment bound, IReadOnlyList<string> paths, string? output, IReadOnlyList<string> ofEstimators, PluginCatalog catalog,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var runs = ExperimentRun.Open(paths, bound.Experiment.TakesSeveralDatasets);
        var settings = new EstimatorSettings(catalog, ofEstimators);
        settings.RequireUsed(bound.Estimators);
        var folder = Folder(bound.Experiment.Name, runs, output);
        using var held = RunLock.Take(folder, $"`dml experiment {bound.Experiment.Name}`");
        if (held.Warning is { } warning) progress.Report(new("warning", 0, 0, warning));
        NativeTorch.EnsureLoaded();
        var origin = ExperimentRun.Origin(runs);
        var units = new ExperimentUnits(folder, Plan(bound, runs, ofEstimators));
        var result = bound.Measure(new(runs, catalog, units, folder, progress, cancellationToken) { EstimatorSettings = settings });
        result = result with { Summary = [.. result.Summary, .. units.Notes] };
        ResultFiles.Write(folder, result, origin);
        units.Clear();
        return new(result, folder);
    }

    /// <summary>All that finished pieces depend on: the program, the experiment with all its options, and the content of the runs.</summary>
    public static string Plan(BoundExperiment bound, IReadOnlyList<ExperimentRun> runs, IReadOnlyList<string> ofEstimators)
    {
        var plan = new StringBuilder(bound.Experiment.Name).AppendJoin(' ', ofEstimators)
            .Append('\n').Append(typeof(Model).Assembly.ManifestModule.ModuleVersionId).Append('\n').Append(bound.OptionsJson);
        foreach (var run in runs) plan.Append('\n').Append(run.Folder.Path);
        foreach (var (input, hash) in ExperimentRun.Origin(runs).Inputs) plan.Append('\n').Append(input).Append(' ').Append(hash);
        return plan.ToString();
    }

    private static string Folder(string name, IReadOnlyList<ExperimentRun> runs, string? output)
    {
        if (output is null && runs.Count > 1)
        {
            throw new DmlException("output", $"a folder for the results of {runs.Count} runs", "nothing", $"give {Mention.Option("output", "DIR")}");
        }

        // A run has files of the same names as an experiment's.
        return ResultsFolder.Check(output ?? Path.Combine(runs[0].Folder.Path, ResultFiles.Folder, name), own: null);
    }
}
