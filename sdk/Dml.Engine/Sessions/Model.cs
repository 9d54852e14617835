using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Features;
using Dml.Engine.Plugins;
using Dml.Engine.Runs;
using Dml.Numerics;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>A trained model with its cached features, ready to be evaluated and explained, whether it was trained here or elsewhere.</summary>
internal sealed class Model : IDisposable
{
    private readonly Func<string?, IReadOnlyList<string>, BoundConfig>? _bind;
    private readonly BoundConfig? _config;
    private IReadOnlyList<FeatureSet> _checkpoints = [];
    private Neighbours? _neighbours;

    private Model(
        FeatureSet features, BoundConfig? config, RunFolder? run, DatasetRecord? dataset, PluginCatalog? catalog = null, Func<string?, IReadOnlyList<string>, BoundConfig>? bind = null)
    {
        (Features, _config, Run, Dataset, _bind) = (features, config, run, dataset, bind);
        EstimatorNames = catalog is null ? [] : [.. catalog.OfKind(PluginKind.Estimator).Select(p => p.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>The estimators that are loaded; empty for a model that was opened without plugins.</summary>
    public IReadOnlyList<string> EstimatorNames { get; }

    /// <summary>The arrays.</summary>
    public FeatureSet Features { get; }

    /// <summary>The run they belong to, or null.</summary>
    public RunFolder? Run { get; }

    /// <summary>The run's samples, or null.</summary>
    public DatasetRecord? Dataset { get; }

    /// <summary>Features files of earlier moments of the training, oldest first.</summary>
    public IReadOnlyList<string> CheckpointPaths => [.. _checkpoints.Select(c => c.Source)];

    /// <summary>Labels of the test items.</summary>
    public IReadOnlyList<long> TestLabels => field ??= Features.TestLabels.data<long>().ToArray();

    /// <summary>Nearest neighbour of each test item among the others.</summary>
    public Neighbours Neighbours
    {
        get
        {
            if (_neighbours is not null) return _neighbours;
            if (Features.TestCount < 2) throw new DmlException($"{Features.Source}: expected at least two test items, found {Features.TestCount}; confusions are pairs of them.");
            using var scope = NewDisposeScope();
            return _neighbours = NearestNeighbours.Within(Features.TestEmbeddings(), 1);
        }
    }

    /// <summary>Opens a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="catalog">Loaded plugins; null when loss and estimator are not needed.</param>
    /// <param name="estimator">Name of another estimator than the config's, or null.</param>
    /// <param name="overrides">Values that take the place of the config's, each <c>path=value</c>.</param>
    /// <param name="scorer">Name of the scorer that takes the estimator's place, or null.</param>
    public static Model OpenRun(string path, PluginCatalog? catalog, string? estimator, IReadOnlyList<string> overrides, string? scorer = null)
    {
        var run = RunFolder.Open(path);
        if (catalog is null) return new(FeatureFile.Read(run.Features), null, run, DatasetRecord.Read(run));
        var root = ConfigFile.Load(run.Config);
        var config = ExplainingConfig.Bind(catalog, root, estimator, scorer, overrides);
        return new(FeatureFile.Read(run.Features), config, run, DatasetRecord.Read(run), catalog, (name, more) => ExplainingConfig.Bind(catalog, root, name ?? estimator, null, [.. Others(overrides, name), .. more]));
    }

    /// <summary>Opens a features file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="catalog">Loaded plugins; null when loss and estimator are not needed.</param>
    /// <param name="loss">Name of the loss; needed with a catalog.</param>
    /// <param name="estimator">Name of the estimator, or null for the default.</param>
    /// <param name="overrides">Values that take the place of the config's, each <c>path=value</c>.</param>
    /// <param name="scorer">Name of the scorer that takes the estimator's place, or null.</param>
    public static Model OpenFeatures(string path, PluginCatalog? catalog, string? loss, string? estimator, IReadOnlyList<string> overrides, string? scorer = null)
    {
        if (catalog is null) return new(FeatureFile.Read(path), null, null, null);
        if (loss is null) throw new DmlException("loss", "the name of the loss that the model was trained with", "nothing", $"give it, for example {Mention.Option("loss", "proxy-nca-pp")}");
        var root = ConfigNode.Object([new("loss", ExplainingConfig.Choice("loss", loss))], "", new("command line", 0));
        var config = ExplainingConfig.Bind(catalog, root, estimator, scorer, overrides);
        return new(FeatureFile.Read(path), config, null, null, catalog, (name, more) => ExplainingConfig.Bind(catalog, root, name ?? estimator, null, [.. Others(overrides, name), .. more]));
    }

    /// <summary>Scores every training sample on the chosen confusions, in memory.</summary>
    /// <param name="targets">The confusions.</param>
    /// <param name="precision">float32 or float64.</param>
    /// <param name="progress">Told about long work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public InfluenceResult Influence(IReadOnlyList<SelectedTarget> targets, ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var session = OpenInfluence(precision, progress, cancellationToken);
        var scores = session.Estimator.Score(session.Context, [.. targets.Select(t => t.Confusion)], progress, cancellationToken);
        scores.Harm.DetachFromDisposeScope();
        return new(
            session.EstimatorPlugin.Name, session.EstimatorPlugin.Settings, session.LossPlugin.Name, session.LossPlugin.Settings,
            session.Context.Loss.IsMeanOfSamples, session.Estimator.IsSigned, scores, [.. targets.Select(t => t.Note)]);
    }

    /// <summary>Makes and prepares the estimator.</summary>
    /// <param name="precision">float32 or float64.</param>
    /// <param name="progress">Told about long work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="estimator">Name of another estimator than the model's, or null.</param>
    /// <param name="overrides">Values of its options, each <c>path=value</c>.</param>
    public InfluenceSession OpenInfluence(
        ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken, string? estimator = null, IReadOnlyList<string>? overrides = null)
    {
        var config = (estimator is null && overrides is null ? _config : _bind?.Invoke(estimator, overrides ?? [])) ?? throw new InvalidOperationException("The model was opened without plugins.");
        var (lossPlugin, estimatorPlugin) = (config.Plugin(PluginKind.Loss)!, config.Plugin(PluginKind.Estimator)!);
        if (config.Section<int>(HostSections.Threads) is var threads and > 0) set_num_threads(threads);
        var model = Explained(lossPlugin, precision);
        IInfluenceEstimator? made = null;
        try
        {
            using var none = new ServiceCollection().BuildServiceProvider();
            made = estimatorPlugin.Create<IInfluenceEstimator>(none);
            made.Prepare(model.Context, progress, cancellationToken);
            return new(
                model, made, (estimatorPlugin.Plugin.Name, ConfigFile.ToJson(ResolvedConfig.Options(estimatorPlugin, config.Root))),
                (lossPlugin.Plugin.Name, ConfigFile.ToJson(ResolvedConfig.Options(lossPlugin, config.Root))));
        }
        catch
        {
            made?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>Adds earlier moments of the training.</summary>
    /// <param name="paths">Features files, oldest first.</param>
    public void ReadCheckpoints(IReadOnlyList<string> paths) => _checkpoints = CheckpointFiles.Read(paths, Features);

    /// <summary>Scores every training sample by itself.</summary>
    /// <param name="precision">float32 or float64.</param>
    /// <param name="progress">Told about long work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public TrainingScores Suspicion(ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var config = _config ?? throw new InvalidOperationException("The model was opened without plugins.");
        var plugin = config.Plugin(PluginKind.Scorer) ?? throw new InvalidOperationException("The model was opened without a scorer.");
        if (config.Section<int>(HostSections.Threads) is var threads and > 0) set_num_threads(threads);
        using var model = Explained(config.Plugin(PluginKind.Loss)!, precision);
        using var none = new ServiceCollection().BuildServiceProvider();
        using var scorer = plugin.Create<ITrainingScorer>(none);
        scorer.Prepare(model.Context, progress, cancellationToken);
        var values = TrainingScores.Compute(scorer, plugin.Plugin.Name, model.Context.TrainCount, progress, cancellationToken);
        return new(plugin.Plugin.Name, ConfigFile.ToJson(ResolvedConfig.Options(plugin, config.Root)), model.Context.Loss.IsMeanOfSamples, values);
    }

    public void Dispose()
    {
        foreach (var checkpoint in _checkpoints) checkpoint.Dispose();
        Features.Dispose();
    }

    private ExplainedModel Explained(BoundPlugin loss, ScalarType precision) =>
        ExplainedModel.Open(Features, _checkpoints, loss, precision, Dataset?.TrainingClassCount ?? Features.LabelledClassCount);

    /// <summary>Settings of the model's own estimator do not fit another one.</summary>
    private static IEnumerable<string> Others(IReadOnlyList<string> overrides, string? estimator) =>
        estimator is null ? overrides : overrides.Where(o => !o.StartsWith("estimator", StringComparison.Ordinal));
}
