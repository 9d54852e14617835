using Dml.Configuration;

namespace Dml.Engine.Plugins;

/// <summary>The plugins that the options of a plugin choose.</summary>
internal static class ChosenPlugins
{
    /// <summary>Every value within a section that names a plugin; where the section says nothing, what the default names.</summary>
    /// <param name="schema">The options of the plugin.</param>
    /// <param name="section">Its section, or an object within it.</param>
    public static IEnumerable<(ConfigNode Choice, PluginKind Kind)> In(OptionsSchema schema, ConfigNode section) =>
        schema.Options.SelectMany(option => ValueOf(option, section) is { } value ? In(option, value) : []);

    private static IEnumerable<(ConfigNode Choice, PluginKind Kind)> In(OptionSchema option, ConfigNode value) =>
        OptionParts.Of(option, value).SelectMany(part => InPart(option, part));

    private static IEnumerable<(ConfigNode Choice, PluginKind Kind)> InPart(OptionSchema option, ConfigNode value)
    {
        if (option.Plugin is { } kind) return PluginSections.NameOf(PluginSections.ExpandSection(value)) is null ? [] : [(value, kind)];
        return option.Nested is { } nested && value.Kind == ConfigKind.Object ? In(nested, value) : [];
    }

    private static ConfigNode? ValueOf(OptionSchema option, ConfigNode section) => section[option.Key]
        ?? (option.Default is { } json && (option.Plugin ?? option.Nested as object) is not null
            ? ConfigNode.Parse(json, section.PathOf(option.Key), new("default", 0)) : null);
}
