using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Plugins;

namespace Dml.Engine.Sessions;

/// <summary>Options records in place of names: what a program writes as <c>new EifOptions { Steps = 50 }</c>.</summary>
internal static class TypedOptions
{
    /// <summary>Chooses the plugin of an options record in a config.</summary>
    /// <param name="root">The config.</param>
    /// <param name="plugin">The plugin, from <see cref="PluginOptions.PluginOf"/>.</param>
    /// <param name="options">The record.</param>
    /// <returns>The config, with the plugin's section in place of one that stood there.</returns>
    public static ConfigNode Choose(ConfigNode root, LoadedPlugin plugin, object options)
    {
        var key = PluginSections.Key(plugin.Kind);
        var source = new ConfigSource(options.GetType().Name, 0);
        var within = NamedSections.SectionOf(plugin.Kind);
        var path = within is null ? key : $"{within}.{key}";
        var written = ConfigReader.TryReadValue(plugin.Descriptor.ToJson!(options), path, source)!;
        var name = ConfigNode.Scalar(ConfigKind.String, plugin.Name, $"{path}.{PluginSections.NameKey}", source);
        var section = written with { Members = [new(PluginSections.NameKey, name), .. written.Members] };
        return within is null ? Put(root, key, section) : Put(root, within, Put(root[within] ?? ConfigNode.Object([], within, source), key, section));
    }

    private static ConfigNode Put(ConfigNode node, string key, ConfigNode value) =>
        node.Without(key) with { Members = [.. node.Without(key).Members, new(key, value)] };
}
