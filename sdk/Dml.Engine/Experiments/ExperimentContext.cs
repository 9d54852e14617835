using Dml.Engine.Explaining;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>All that an experiment works with.</summary>
/// <param name="Runs">The runs, at least one.</param>
/// <param name="Catalog">Loaded plugins.</param>
/// <param name="Units">Where finished pieces are kept.</param>
/// <param name="Folder">Where results go.</param>
/// <param name="Progress">Receives progress.</param>
/// <param name="CancellationToken">Stops it.</param>
internal sealed record ExperimentContext(
    IReadOnlyList<ExperimentRun> Runs, PluginCatalog Catalog, ExperimentUnits Units, string Folder, IProgress<ProgressReport> Progress,
    CancellationToken CancellationToken)
{
    private const string NamedPairs = "experiment.namedPairs";

    /// <summary>Settings of estimators beyond their defaults, as NAME.option=value.</summary>
    public EstimatorSettings EstimatorSettings { get; init; } = EstimatorSettings.None;

    /// <summary>All of them, to be shown.</summary>
    public string ShownSettings => EstimatorSettings.All.Count == 0 ? "defaults" : string.Join(", ", EstimatorSettings.All);

    /// <summary>Opens the model of a run.</summary>
    public Model OpenModel(ExperimentRun run, string? scorer = null) => Model.OpenRun(run.Folder.Path, Catalog, null, [], scorer);

    /// <summary>Opens the whole network of a run, with some of its training images.</summary>
    public TrainingViews OpenTrainingViews(ExperimentRun run, IReadOnlyList<int> samples) =>
        TrainingViews.Open(run.Folder, run.Dataset, Catalog, samples, Progress, CancellationToken);

    /// <summary>Harm of every training sample on confusions.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="estimator">Name of an estimator.</param>
    /// <param name="confusions">At least one.</param>
    /// <param name="option">Path of the option that names the estimator.</param>
    /// <returns>One array of N numbers a confusion.</returns>
    /// <exception cref="DmlException">Its scores have no sign.</exception>
    public double[][] Harm(Model model, string estimator, IReadOnlyList<Confusion> confusions, string option = "experiment.estimators")
    {
        using var session = model.OpenInfluence(ScalarType.Float32, Progress, CancellationToken, estimator, EstimatorSettings.Of(estimator));
        if (!session.Estimator.IsSigned)
        {
            throw new DmlException($"{option}: expected estimators whose scores have a sign, found {estimator}, which scores relevance; leave it out.");
        }

        using var scores = session.Score(confusions, Progress, CancellationToken);
        var place = model.Run is { } run && Runs.Count > 1 ? $" on {Name(run)}" : "";
        foreach (var note in SolverNotes.Of(scores.Targets)) Units.Note($"{estimator}{place}: {note}.");
        using var scope = NewDisposeScope();
        return [.. confusions.Select((_, t) => scores.Harm[t].to(float64).Values<double>())];
    }

    /// <summary>The confusions that are named, else the first wrong items with their neighbours.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="named">Two test indices or ids "A:B" each; the option namedPairs.</param>
    /// <param name="count">How many where none are named.</param>
    public static IReadOnlyList<Confusion> Pairs(Model model, IReadOnlyList<string> named, int count) => new TargetSelection
    {
        NamedPairs = named,
        PairsOption = NamedPairs,
        WrongPairs = named.Count > 0 ? WrongPairs.None : WrongPairs.First(count),
    }.Choose(model.TestLabels, model.Neighbours, model.TestIds);

    /// <summary>The settings that an experiment used, for its result.</summary>
    public static IReadOnlyDictionary<string, string> Settings(params IReadOnlyList<(string Name, string Value)> settings) =>
        settings.ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);

    /// <summary>The estimators that are asked for, each of them loaded.</summary>
    /// <param name="asked">Names; the option estimators.</param>
    /// <exception cref="DmlException">One is not loaded, or there is none.</exception>
    public IReadOnlyList<string> Estimators(IReadOnlyList<string> asked)
    {
        foreach (var name in asked) RequireEstimator("experiment.estimators", name);
        return asked.Count > 0 ? [.. asked.Distinct()] : throw new DmlException("experiment.estimators: expected at least one name, found none.");
    }

    /// <summary>An estimator that is asked for, loaded.</summary>
    /// <param name="option">Path of the option.</param>
    /// <param name="name">Its value.</param>
    /// <exception cref="DmlException">It is not.</exception>
    public string RequireEstimator(string option, string name) =>
        Catalog.Find(name, PluginKind.Estimator, out var problem) is null ? throw new DmlException($"{option}: {problem}.") : name;

    private string Name(RunFolder folder) => Runs.First(r => r.Folder.Path == folder.Path).Name;
}
