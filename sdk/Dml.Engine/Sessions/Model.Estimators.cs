using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Features;
using Dml.Engine.Models;
using Dml.Engine.Plugins;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Engine;

public sealed partial class Model
{
    private readonly Explained? _explained;
    private bool _toldOtherBuild;
    private IReadOnlyList<FeatureSet> _checkpoints = [];

    /// <summary>The estimators that are loaded; empty for a model that was opened without plugins.</summary>
    internal IReadOnlyList<string> EstimatorNames =>
        _explained is null ? [] : [.. _explained.Catalog.OfKind(PluginKind.Estimator).Select(p => p.Name).Order(StringComparer.Ordinal)];

    /// <summary>The loaded estimators but for those that take each sample by itself where the model's loss is no mean of samples.</summary>
    internal IReadOnlyList<string> ExplainingEstimatorNames
    {
        get
        {
            if (_explained is not { } explained) return [];
            using var model = OpenExplained(explained.Config, ScalarType.Float32);
            return model.Context.Loss.IsMeanOfSamples ? EstimatorNames : [.. EstimatorNames.Where(ExplainsBatchLosses)];

            bool ExplainsBatchLosses(string name)
            {
                using var none = new ServiceCollection().BuildServiceProvider();
                using var made = explained.Bind(name, []).Plugin(PluginKind.Estimator)!.Create<IInfluenceEstimator>(none);
                return made.ExplainsBatchLosses;
            }
        }
    }

    /// <summary>The estimator that explains where none is named.</summary>
    internal string DefaultEstimator => _explained?.Config.Plugin(PluginKind.Estimator)?.Plugin.Name ?? ExplainingConfig.DefaultEstimator;

    /// <summary>The plugins that it was opened with.</summary>
    internal PluginCatalog Catalog => (_explained ?? throw new InvalidOperationException("The model was opened without plugins.")).Catalog;

    /// <summary>The training scorers that are loaded; empty for a model that was opened without plugins.</summary>
    internal IReadOnlyList<string> ScorerNames =>
        _explained is null ? [] : [.. _explained.Catalog.OfKind(PluginKind.Scorer).Select(p => p.Name).Order(StringComparer.Ordinal)];

    /// <summary>Whether the model was opened with its loss and estimators.</summary>
    internal bool HasPlugins => _explained is not null;

    /// <summary>Features files of earlier moments of the training, oldest first.</summary>
    internal IReadOnlyList<string> CheckpointPaths => [.. _checkpoints.Select(c => c.Source)];

    /// <summary>Scores every training sample on the chosen confusions, in memory.</summary>
    /// <param name="targets">The confusions.</param>
    /// <param name="precision">float32 or float64.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal InfluenceResult Influence(
        IReadOnlyList<Confusion> targets, ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var session = OpenInfluence(precision, progress, cancellationToken);
        var scores = session.Score(targets, progress, cancellationToken);
        scores.Harm.DetachFromDisposeScope();
        return new(
            session.EstimatorPlugin.Name, session.EstimatorPlugin.Settings, session.LossPlugin.Name, session.LossPlugin.Settings,
            session.Context.Loss.IsMeanOfSamples, session.Estimator.IsSigned, scores);
    }

    /// <summary>Makes and prepares the estimator.</summary>
    /// <param name="precision">float32 or float64.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="estimator">Name of another estimator than the model's, or null.</param>
    /// <param name="overrides">Values of its options, each <c>path=value</c>.</param>
    /// <param name="retraining">The retraining whose outcome is to be predicted, if it is known.</param>
    internal InfluenceSession OpenInfluence(
        ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken, string? estimator = null,
        IReadOnlyList<string>? overrides = null, HeadTraining? retraining = null)
    {
        var explained = _explained ?? throw new InvalidOperationException("The model was opened without plugins.");
        return Prepare(
            estimator is null && overrides is null ? explained.Config : explained.Bind(estimator, overrides ?? []), precision, progress, cancellationToken,
            retraining);
    }

    /// <summary>Refuses settings that an estimator does not have.</summary>
    /// <param name="estimator">Its name.</param>
    /// <param name="overrides">Values of its options, each <c>path=value</c>.</param>
    internal void RequireOptions(string estimator, IReadOnlyList<string> overrides) => _explained?.Bind(estimator, overrides);

    /// <summary>Makes and prepares the estimator of a config.</summary>
    private InfluenceSession Prepare(
        BoundConfig config, ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken, HeadTraining? retraining = null)
    {
        var (lossPlugin, estimatorPlugin) = (config.Plugin(PluginKind.Loss)!, config.Plugin(PluginKind.Estimator)!);
        TellOtherBuild([.. lossPlugin.All, .. config.Plugin(PluginKind.Sampler)?.All ?? []], progress);
        if (config.Section<int>(HostSections.Threads) is var threads and > 0) set_num_threads(threads);
        var model = OpenExplained(config, precision);
        IInfluenceEstimator? made = null;
        try
        {
            using var none = new ServiceCollection().BuildServiceProvider();
            made = estimatorPlugin.Create<IInfluenceEstimator>(none);
            ExplainableLoss.RequireMean(model.Context, made.ExplainsBatchLosses, lossPlugin.Plugin.Name, estimatorPlugin.Plugin.Name);
            if (made.IsSigned) ExplainableLoss.Require(model.Context, lossPlugin.Plugin.Name, estimatorPlugin.Plugin.Name);
            made.Prepare(model.Context with { Retraining = retraining }, progress, cancellationToken);
            return new(
                model, made, (estimatorPlugin.Plugin.Name, ConfigFile.ToJson(ResolvedConfig.Options(estimatorPlugin, config.Root))),
                (lossPlugin.Plugin.Name, ConfigFile.ToJson(ResolvedConfig.Options(lossPlugin, config.Root))))
            {
                Builds = PluginRecord.Builds([.. lossPlugin.All, .. estimatorPlugin.All, .. config.Plugin(PluginKind.Sampler)?.All ?? []]),
            };
        }
        catch
        {
            made?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>Tells once where the loss or the sampler is not the one that the run was trained with.</summary>
    private void TellOtherBuild(IEnumerable<LoadedPlugin> plugins, IProgress<ProgressReport> progress)
    {
        if (_toldOtherBuild || Run is not { } run || !File.Exists(run.Facts)) return;
        _toldOtherBuild = true;
        var recorded = RunFacts.Read(run).Plugins;
        foreach (var sentence in plugins.DistinctBy(p => p.Assembly).Select(p => PluginRecord.ChangeOf(recorded, p)).OfType<string>())
        {
            progress.Report(new("warning", 0, 0, sentence));
        }
    }

    /// <summary>Adds earlier moments of the training.</summary>
    /// <param name="paths">Features files, oldest first.</param>
    internal void ReadCheckpoints(IReadOnlyList<string> paths)
    {
        Origin = Origin.With(paths);
        _checkpoints = CheckpointFiles.Read(paths, Features);
    }

    /// <summary>Scores every training sample by itself.</summary>
    /// <param name="precision">float32 or float64.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal TrainingScores Suspicion(ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        return Suspicion(
            _explained?.Config ?? throw new InvalidOperationException("The model was opened without plugins."), precision, progress, cancellationToken);
    }

    private TrainingScores Suspicion(BoundConfig config, ScalarType precision, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var plugin = config.Plugin(PluginKind.Scorer) ?? throw new InvalidOperationException("The model was opened without a scorer.");
        if (config.Section<int>(HostSections.Threads) is var threads and > 0) set_num_threads(threads);
        using var model = OpenExplained(config, precision);
        using var none = new ServiceCollection().BuildServiceProvider();
        using var scorer = plugin.Create<ITrainingScorer>(none);
        scorer.Prepare(model.Context, progress, cancellationToken);
        var values = TrainingScores.Compute(scorer, plugin.Plugin.Name, model.Context.TrainCount, progress, cancellationToken);
        if (Array.TrueForAll(values, v => v == 0)) ExplainableLoss.Require(model.Context, config.Plugin(PluginKind.Loss)!.Plugin.Name, plugin.Plugin.Name);
        return new(plugin.Plugin.Name, ConfigFile.ToJson(ResolvedConfig.Options(plugin, config.Root)), model.Context.Loss.IsMeanOfSamples, values);
    }

    /// <summary>Its loss with initial parameters, as a training begins with.</summary>
    internal IMetricLoss FreshLoss() => LossFactory.MakeFresh(
        (_explained ?? throw new InvalidOperationException("The model was opened without plugins.")).Config.Plugin(PluginKind.Loss)!, Features,
        TrainingClassCount);

    /// <summary>The model as estimators see it, with its loss; the caller disposes of it.</summary>
    /// <param name="precision">float32 or float64.</param>
    internal ExplainedModel OpenContext(ScalarType precision) =>
        OpenExplained((_explained ?? throw new InvalidOperationException("The model was opened without plugins.")).Config, precision);

    private ExplainedModel OpenExplained(BoundConfig config, ScalarType precision) => ExplainedModel.Open(
        Features, _checkpoints, config.Plugin(PluginKind.Loss)!, precision, Dataset?.TrainingClassCount ?? Features.LabelledClassCount,
        config.Section<TrainingOptions>(HostSections.Training).Batches, SamplerOf(config));

    /// <summary>Makes the plugin that drew the batches of the training; null for the engine's own sampler.</summary>
    internal Func<SamplerContext, IBatchSampler>? Sampler => _explained is null ? null : SamplerOf(_explained.Config);

    private Func<SamplerContext, IBatchSampler>? SamplerOf(BoundConfig config)
    {
        if (config.Section<TrainingOptions>(HostSections.Training).Draws is { } chosen) return chosen.Make;
        if (_explained is null || NamedSections.SamplerPlugin(_explained.Root) is not { } missing) return null;
        return _ => throw new DmlException(
            "training.sampler", $"the sampler plugin {missing}, by whose batches the model was trained and is explained", "no plugin of that name",
            $"name its folder with {Mention.Option("plugins", "DIR")}");
    }

    /// <summary>What the estimators of a model are made by.</summary>
    /// <param name="Catalog">Loaded plugins.</param>
    /// <param name="Root">The config of the model.</param>
    /// <param name="Estimator">Name of another estimator than the config's, or null.</param>
    /// <param name="Overrides">Values of its options.</param>
    /// <param name="Scorer">Name of the scorer that takes the estimator's place, or null.</param>
    private sealed record Explained(PluginCatalog Catalog, ConfigNode Root, string? Estimator, IReadOnlyList<string> Overrides, string? Scorer)
    {
        /// <summary>Bound at once, so that a mistake is told before the features are read.</summary>
        public BoundConfig Config { get; } = ExplainingConfig.Bind(Catalog, Root, Estimator, Scorer, Overrides);

        /// <summary>The config with another estimator or further values.</summary>
        public BoundConfig Bind(string? estimator, IReadOnlyList<string> overrides) =>
            ExplainingConfig.Bind(Catalog, Root, estimator ?? Estimator, null, [.. Others(estimator), .. overrides]);

        /// <summary>The config with the estimator of an options record.</summary>
        public BoundConfig Bind(object options)
        {
            var plugin = PluginOptions.PluginOf(options);
            if (plugin.Kind != PluginKind.Estimator)
            {
                throw new DmlException(
                    $"Expected the options of an estimator, found {options.GetType().Name}, which is of the {PluginSections.Key(plugin.Kind)} {plugin.Name}.");
            }

            return ExplainingConfig.Bind(Catalog.With(plugin), TypedOptions.Choose(Root, plugin, options), plugin.Name, null, [.. Others(plugin.Name)]);
        }

        /// <summary>The config with a scorer in the estimator's place.</summary>
        public Explained Scoring(string scorer) => new(Catalog, Root, null, [.. Others(scorer)], scorer);

        /// <summary>Settings of the model's own estimator do not fit another one.</summary>
        private IEnumerable<string> Others(string? estimator) =>
            estimator is null ? Overrides : Overrides.Where(o => !o.StartsWith("estimator", StringComparison.Ordinal));
    }
}
