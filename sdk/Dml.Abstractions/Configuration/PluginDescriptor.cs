using Dml.Configuration;

namespace Dml;

/// <summary>What a plugin is: the contract that it implements.</summary>
public enum PluginKind
{
    /// <summary>An <see cref="IMetricLoss"/>; config section <c>loss</c>.</summary>
    Loss,

    /// <summary>An <see cref="IDatasetSource"/>; config section <c>dataset</c>.</summary>
    Dataset,

    /// <summary>An <see cref="IBackbone"/>; config section <c>backbone</c>.</summary>
    Backbone,

    /// <summary>An <see cref="IInfluenceEstimator"/>; config section <c>estimator</c>.</summary>
    Estimator,

    /// <summary>An <see cref="ITrainingScorer"/>; config section <c>scorer</c>.</summary>
    Scorer,

    /// <summary>An <see cref="ILearningRateSchedule"/>; named as <c>training.schedule</c>.</summary>
    Schedule,

    /// <summary>An <see cref="IBatchSampler"/>; named as <c>training.sampler</c>.</summary>
    Sampler,

    /// <summary>An <see cref="IPairMiner"/>; chosen by the options of other plugins alone.</summary>
    Miner,
}

/// <summary>One plugin as the host sees it before it is made.</summary>
/// <param name="Name">The name in configs.</param>
/// <param name="Kind">Which contract it implements.</param>
/// <param name="TypeName">Full name of the implementing class, for messages.</param>
/// <param name="Summary">First paragraph of the class's XML documentation; empty if there is none.</param>
/// <param name="Options">The options with their types, defaults and ranges; empty for a plugin without options.</param>
/// <param name="Bind">Binds a config section (without its <c>name</c>) to the options record, or returns null after adding all its problems.</param>
/// <param name="Create">Makes the plugin from its bound options and the host's services.</param>
public sealed record PluginDescriptor(
    string Name,
    PluginKind Kind,
    string TypeName,
    string Summary,
    OptionsSchema Options,
    Func<ConfigNode, ConfigProblems, object?> Bind,
    Func<object, IServiceProvider, object> Create)
{
    /// <summary>The options record; null in a plugin whose generator did not say.</summary>
    public Type? OptionsType { get; init; }

    /// <summary>Writes an options record as the JSON object that <see cref="Bind"/> reads back; null in a plugin whose generator did not say.</summary>
    public Func<object, string>? ToJson { get; init; }
}

/// <summary>Describes the plugins of one assembly; the implementation is generated.</summary>
public interface IPluginRegistration
{
    /// <summary>The plugins of the assembly, in ordinal order of their names.</summary>
    IReadOnlyList<PluginDescriptor> Plugins { get; }
}

/// <summary>The options of a plugin without any; its binder accepts no key.</summary>
public sealed record NoOptions
{
    /// <summary>The only instance that is needed.</summary>
    public static NoOptions Instance { get; } = new();

    /// <summary>The empty schema.</summary>
    public static OptionsSchema Schema { get; } = new([]);

    /// <summary>The empty object.</summary>
    /// <param name="options">The options.</param>
    public static string ToJson(NoOptions options) => JsonText.Object();

    /// <summary>Accepts an object without keys; reports every key that stands there.</summary>
    /// <param name="node">The config section.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    public static NoOptions? Bind(ConfigNode node, ConfigProblems problems) =>
        new OptionsReader(node, problems, []).Complete ? Instance : null;
}
