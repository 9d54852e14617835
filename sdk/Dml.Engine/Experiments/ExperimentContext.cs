using System.Globalization;
using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Plugins;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>A run that takes part in an experiment.</summary>
/// <param name="Folder">The run.</param>
/// <param name="Name">Its folder's name.</param>
/// <param name="Loss">Plugin name of its loss.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Dataset">Its samples.</param>
internal sealed record ExperimentRun(RunFolder Folder, string Name, string Loss, long Seed, DatasetRecord Dataset)
{
    /// <summary>Opens runs of one dataset.</summary>
    /// <param name="paths">Their folders, at least one.</param>
    /// <exception cref="DmlException">A run is missing, or two are of different datasets.</exception>
    public static IReadOnlyList<ExperimentRun> Open(IReadOnlyList<string> paths)
    {
        ExperimentRun[] runs = [.. paths.Select(Open)];
        var first = runs[0];
        foreach (var run in runs.Skip(1))
        {
            if (run.Dataset.ClassNames.SequenceEqual(first.Dataset.ClassNames) && run.Dataset.Test.Select(t => t.Id).SequenceEqual(first.Dataset.Test.Select(t => t.Id))) continue;
            throw new DmlException($"Expected runs of one dataset, found {first.Dataset.Name} with {first.Dataset.Test.Count} test items in {first.Folder.Path} and other classes or test items ({run.Dataset.Name}, {run.Dataset.Test.Count}) in {run.Folder.Path}; give runs of one dataset.");
        }

        // Files and rows go by the name, so two folders of one name are told apart by the folder that they are in.
        var taken = runs.Select(r => r.Folder.Path).Distinct().CountBy(p => Path.GetFileName(p)).Where(c => c.Value > 1).Select(c => c.Key).ToHashSet();
        return [.. runs.Select(r => taken.Contains(r.Name) ? r with { Name = $"{Path.GetFileName(Path.GetDirectoryName(r.Folder.Path))}-{r.Name}" } : r)];
    }

    private static ExperimentRun Open(string path)
    {
        var folder = RunFolder.Open(path);
        var config = ConfigFile.Load(folder.Config);
        return new(folder, Path.GetFileName(folder.Path), config["loss"]?["name"]?.Text ?? "", RunFacts.Read(folder).Seed, DatasetRecord.Read(folder));
    }
}

/// <summary>All that an experiment works with.</summary>
/// <param name="Runs">The runs, at least one.</param>
/// <param name="Options">The settings.</param>
/// <param name="Catalog">Loaded plugins.</param>
/// <param name="Units">Where finished pieces are kept.</param>
/// <param name="Folder">Where results go.</param>
/// <param name="Progress">Told about the work.</param>
/// <param name="CancellationToken">Stops it.</param>
internal sealed record ExperimentContext(
    IReadOnlyList<ExperimentRun> Runs, ExperimentOptions Options, PluginCatalog Catalog, ExperimentUnits Units, string Folder, IProgress<ProgressReport> Progress, CancellationToken CancellationToken)
{
    /// <summary>Settings of estimators beyond their defaults, as NAME.option=value.</summary>
    public IReadOnlyList<string> EstimatorSettings { get; init; } = [];

    /// <summary>All of them, to be shown.</summary>
    public string ShownSettings => EstimatorSettings.Count == 0 ? "defaults" : string.Join(", ", EstimatorSettings);

    /// <summary>Those of an estimator, as overrides of a config.</summary>
    public IReadOnlyList<string> SettingsOf(string estimator) =>
        [.. EstimatorSettings.Where(s => s.StartsWith(estimator + ".", StringComparison.Ordinal)).Select(s => $"estimator{s[estimator.Length..]}")];

    /// <summary>Opens the model of a run.</summary>
    public Model OpenModel(ExperimentRun run, string? scorer = null) => Model.OpenRun(run.Folder.Path, Catalog, null, [], scorer);

    /// <summary>Opens the whole network of a run, with some of its training images.</summary>
    public Embedder OpenEmbedder(ExperimentRun run, IReadOnlyList<int> samples) => Embedder.Open(run.Folder, run.Dataset, Catalog, samples, Progress, CancellationToken);

    /// <summary>Harm of every training sample on confusions.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="estimator">Name of an estimator.</param>
    /// <param name="confusions">At least one.</param>
    /// <returns>One array of N numbers a confusion.</returns>
    /// <exception cref="DmlException">Its scores have no sign.</exception>
    public double[][] Harm(Model model, string estimator, IReadOnlyList<Confusion> confusions)
    {
        using var session = model.OpenInfluence(ScalarType.Float32, Progress, CancellationToken, estimator, SettingsOf(estimator));
        if (!session.Estimator.IsSigned) throw new DmlException($"experiment.estimators: expected estimators whose scores have a sign, found {estimator}, which scores relevance; leave it out.");
        using var scores = session.Estimator.Score(session.Context, confusions, Progress, CancellationToken);
        using var scope = NewDisposeScope();
        return [.. confusions.Select((_, t) => scores.Harm[t].to(float64).data<double>().ToArray())];
    }

    /// <summary>The confusions that are named, else the first wrong items with their neighbours.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="count">How many of them.</param>
    public IReadOnlyList<Confusion> Pairs(Model model, int count) =>
        [.. new TargetSelection(Options.NamedPairs, Options.NamedPairs.Count > 0 ? null : count.ToString(CultureInfo.InvariantCulture), 0) { PairsFrom = "experiment.namedPairs" }.Choose(model.TestLabels, model.Neighbours).Select(t => t.Confusion)];

    /// <summary>The settings that an experiment used, for its result.</summary>
    public static IReadOnlyDictionary<string, string> Settings(params IReadOnlyList<(string Name, string Value)> settings) =>
        settings.ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);

    /// <summary>The estimators that are asked for, each of them loaded.</summary>
    /// <exception cref="DmlException">One is not.</exception>
    public IReadOnlyList<string> Estimators()
    {
        foreach (var name in Options.Estimators)
        {
            if (Catalog.Find(name, PluginKind.Estimator, out var problem) is null) throw new DmlException($"experiment.estimators: {problem}.");
        }

        return Options.Estimators.Count > 0 ? [.. Options.Estimators.Distinct()] : throw new DmlException("experiment.estimators: expected at least one name, found none.");
    }
}
