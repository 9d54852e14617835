using System.Diagnostics;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Dml.Engine.Sessions;
using Dml.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Host.Commands;

/// <summary>Holds a loaded plugin to its contract, with the suites of Dml.Testing and the host's own libtorch.</summary>
/// <param name="catalog">The plugins, those among them that its options choose.</param>
/// <param name="overrides">Options of the plugin, each <c>path=value</c> as in a config: <c>loss.margin=0.2</c>.</param>
/// <param name="imageSize">H = W of the images that a backbone is tried with, in pixels.</param>
internal sealed class PluginConformance(PluginCatalog catalog, IReadOnlyList<string> overrides, int imageSize)
{
    /// <summary>The size of images that most backbones take.</summary>
    public const int ImageSize = 64;

    /// <summary>Checks one.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <returns>How it went; a failure is no exception.</returns>
    public ConformanceOutcome Check(LoadedPlugin plugin)
    {
        var clock = Stopwatch.StartNew();
        BoundPlugin bound;
        try
        {
            bound = Bind(plugin);
        }
        catch (ConfigException error)
        {
            // Of the made-up config there is no file to look into.
            return new(plugin, Conformity.Unknown, error.Message.Replace($"{plugin.Name}:1: ", "", StringComparison.Ordinal), clock.Elapsed);
        }

        try
        {
            Run(bound);
            return new(plugin, Conformity.Kept, "", clock.Elapsed);
        }
        catch (ConformanceException broken)
        {
            return new(plugin, Conformity.Broken, broken.Message, clock.Elapsed);
        }
        catch (DmlException refused)
        {
            // A dataset or a backbone may want a file that is not there; of the others nothing but their own code is tried.
            var isOfFiles = plugin.Kind is PluginKind.Dataset or PluginKind.Backbone;
            return new(plugin, isOfFiles ? Conformity.Unknown : Conformity.Broken, refused.ToSentence(CommandNames.Of), clock.Elapsed);
        }
        catch (Exception thrown) when (thrown is not (OperationCanceledException or OutOfMemoryException))
        {
            var sentence = PluginFault.Of(thrown)?.Message
                ?? $"Expected the suite to end, but {thrown.GetType().Name} was thrown: {thrown.Message.TrimEnd('.')}.";
            return new(plugin, Conformity.Broken, sentence, clock.Elapsed);
        }
    }

    private BoundPlugin Bind(LoadedPlugin plugin)
    {
        var key = PluginSections.Key(plugin.Kind);
        var section = $$"""{ "{{key}}": { "name": "{{plugin.Name}}" } }""";
        var within = NamedSections.SectionOf(plugin.Kind);
        var root = overrides.Where(setting => IsMeantFor(setting, plugin))
            .Aggregate(ConfigFile.Parse(within is null ? section : $$"""{ "{{within}}": {{section}} }""", plugin.Name), ConfigOverride.Apply);
        var composer = new Composer(catalog, HostSections.All);
        if (within is not null || PluginSections.Kinds.Contains(plugin.Kind))
        {
            return composer.Bind(root, within is null ? [plugin.Kind] : []).Plugin(plugin.Kind)!;
        }

        // No config names one of this kind, but the options of other plugins do.
        var problems = new ConfigProblems();
        var bound = composer.Bind(root[key]!, plugin.Kind, problems);
        problems.ThrowIfAny();
        return bound!;
    }

    /// <summary>Whether a setting is an option of the plugin's kind: <c>loss.margin=0.2</c> of a loss.</summary>
    /// <param name="setting"><c>path=value</c>.</param>
    /// <param name="plugin">The plugin.</param>
    public static bool IsMeantFor(string setting, LoadedPlugin plugin)
    {
        var key = PluginSections.Key(plugin.Kind);
        var section = NamedSections.SectionOf(plugin.Kind) is { } within ? $"{within}.{key}" : key;
        return setting.StartsWith(section + ".", StringComparison.Ordinal);
    }

    private void Run(BoundPlugin plugin)
    {
        switch (plugin.Plugin.Kind)
        {
            case PluginKind.Loss:
                LossConformance.Check(shape => Create<IMetricLoss>(plugin, shape));
                break;
            case PluginKind.Estimator:
                EstimatorConformance.Check(() => Create<IInfluenceEstimator>(plugin));
                break;
            case PluginKind.Scorer:
                ScorerConformance.Check(() => Create<ITrainingScorer>(plugin));
                break;
            case PluginKind.Backbone:
                BackboneConformance.Check(Create<IBackbone>(plugin, new BackboneContext(Environment.CurrentDirectory)), imageSize);
                break;
            case PluginKind.Dataset:
                var work = Directory.CreateTempSubdirectory("dml-conform-");
                try
                {
                    DatasetConformance.Check(Create<IDatasetSource>(plugin, new DatasetContext(Environment.CurrentDirectory, work.FullName, 0)));
                }
                finally
                {
                    work.Delete(recursive: true);
                }

                break;
            case PluginKind.Schedule:
                ScheduleConformance.Check(() => Create<ILearningRateSchedule>(plugin));
                break;
            case PluginKind.Sampler:
                SamplerConformance.Check(context => Create<IBatchSampler>(plugin, context));
                break;
            case PluginKind.Miner:
                MinerConformance.Check(() => Create<IPairMiner>(plugin));
                break;
            default:
                throw new DmlException($"There is no conformance suite for a {PluginSections.Key(plugin.Plugin.Kind)} plugin.");
        }
    }

    private static T Create<T>(BoundPlugin plugin, params object[] services) where T : class
    {
        var collection = new ServiceCollection();
        foreach (var service in services) collection.AddSingleton(service.GetType(), service);
        using var provider = collection.BuildServiceProvider();
        return plugin.Create<T>(provider);
    }
}
