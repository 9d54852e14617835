using Dml.Configuration;

namespace Dml;

/// <summary>
/// Another plugin that an option chooses: in a config <c>{ "name": "triplet", "margin": 0.1 }</c>, or the name alone. The host checks name and options
/// with the rest of the config and writes all of them down; <see cref="IPluginFactory"/> makes the plugin.
/// </summary>
/// <typeparam name="T">The contract, which tells the kind: <see cref="IMetricLoss"/>, or another that plugins implement.</typeparam>
public sealed record PluginChoice<T> where T : class
{
    /// <summary>Chooses a plugin.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">The options that are not to be at their defaults, as a JSON object.</param>
    /// <exception cref="System.Text.Json.JsonException">The options are no JSON.</exception>
    public PluginChoice(string name, string options = "{}") : this(name, ConfigNode.Parse(options, "", new("program", 0)))
    {
    }

    internal PluginChoice(string name, ConfigNode options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, Options) = (name, options);
    }

    /// <summary>The plugin's name.</summary>
    public string Name { get; }

    /// <summary>The options that are given for it, an object; its path is where the choice stands.</summary>
    public ConfigNode Options { get; }

    /// <summary>The kind of plugin.</summary>
    public PluginKind Kind => OfContract;

    internal static PluginKind OfContract { get; } = KindOf(typeof(T));

    private static PluginKind KindOf(Type contract) =>
        contract == typeof(IMetricLoss) ? PluginKind.Loss
        : contract == typeof(IDatasetSource) ? PluginKind.Dataset
        : contract == typeof(IBackbone) ? PluginKind.Backbone
        : contract == typeof(IInfluenceEstimator) ? PluginKind.Estimator
        : contract == typeof(ITrainingScorer) ? PluginKind.Scorer
        : contract == typeof(IPairMiner) ? PluginKind.Miner
        : throw new ArgumentException($"Expected a contract of plugins such as {nameof(IMetricLoss)}, found {contract.Name}.");
}

/// <summary>Makes the plugins that a plugin's options choose. A plugin gets it as a parameter of its constructor.</summary>
[PluginService]
public interface IPluginFactory
{
    /// <summary>Makes a plugin, with the services that the host has for the plugin that asks.</summary>
    /// <typeparam name="T">The contract.</typeparam>
    /// <param name="choice">Name and options.</param>
    /// <returns>A new plugin, which is the caller's to dispose of.</returns>
    /// <exception cref="DmlException">There is no such plugin, an option is wrong, or the plugin refuses to be made.</exception>
    T Create<T>(PluginChoice<T> choice) where T : class;
}
