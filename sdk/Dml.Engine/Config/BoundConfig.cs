using Dml.Configuration;
using Dml.Engine.Plugins;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Engine.Config;

/// <summary>A config in which everything is valid: the options of each section and the chosen plugins, not yet made.</summary>
internal sealed class BoundConfig
{
    private readonly IReadOnlyDictionary<PluginKind, BoundPlugin> _plugins;
    private readonly IReadOnlyDictionary<string, object> _sections;

    internal BoundConfig(
        ConfigNode root, IReadOnlyDictionary<PluginKind, BoundPlugin> plugins, IReadOnlyDictionary<string, object> sections,
        IReadOnlyList<SectionPlugin> within) =>
        (Root, _plugins, _sections, Within) = (root, plugins, sections, within);

    /// <summary>The config as read, with bases and overrides applied.</summary>
    public ConfigNode Root { get; }

    /// <summary>The config with a folder that relative paths in the options of its plugins start at.</summary>
    /// <param name="folder">An absolute path.</param>
    public BoundConfig At(string folder)
    {
        var sections = _sections.ToDictionary(s => s.Key, s => s.Value);
        SectionPlugin[] within = [.. Within.Select(w => w with { Plugin = w.Plugin with { Folder = folder } })];
        foreach (var named in within) sections[named.Section] = named.Option.Plugins!.With(sections[named.Section], named.Plugin);
        return new(Root, _plugins.ToDictionary(p => p.Key, p => p.Value with { Folder = folder }), sections, within);
    }

    /// <summary>The plugins that options of sections name.</summary>
    public IReadOnlyList<SectionPlugin> Within { get; }

    /// <summary>The options of a section that the host registered.</summary>
    /// <typeparam name="T">The options record or value type.</typeparam>
    /// <param name="key">The root key.</param>
    public T Section<T>(string key) => (T)_sections[key];

    /// <summary>The chosen plugin of a kind, or null when the config does not choose one.</summary>
    /// <param name="kind">The kind.</param>
    public BoundPlugin? Plugin(PluginKind kind) =>
        _plugins.GetValueOrDefault(kind) ?? Within.FirstOrDefault(named => named.Plugin.Plugin.Kind == kind)?.Plugin;

    /// <summary>All plugins that the config chooses, with those that their options choose: root sections first, in the order of the kinds.</summary>
    public IEnumerable<LoadedPlugin> AllPlugins =>
        PluginSections.Kinds.Select(Plugin).OfType<BoundPlugin>().Concat(Within.Select(named => named.Plugin)).SelectMany(plugin => plugin.All);

    /// <summary>
    /// Registers the chosen plugins as singletons of their contracts. Each is made when it is first asked for, so a service such as
    /// <see cref="LossShape"/> may be registered by a factory that asks for the dataset; the provider disposes what it made.
    /// </summary>
    /// <param name="services">Gets the plugins, and holds the services that their constructors ask for.</param>
    public IServiceCollection AddPlugins(IServiceCollection services)
    {
        Add<IDatasetSource>(services, PluginKind.Dataset);
        Add<IBackbone>(services, PluginKind.Backbone);
        Add<IMetricLoss>(services, PluginKind.Loss);
        Add<IInfluenceEstimator>(services, PluginKind.Estimator);
        Add<ITrainingScorer>(services, PluginKind.Scorer);
        return services;
    }

    private void Add<T>(IServiceCollection services, PluginKind kind) where T : class
    {
        if (Plugin(kind) is { } plugin) services.AddSingleton(plugin.Create<T>);
    }
}
