using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>Lays one config over another.</summary>
internal static class ConfigMerge
{
    /// <summary>
    /// Objects merge key by key, everything else is replaced. A section that names another plugin or schedule than the base replaces
    /// the base's wholly, since options belong to what is named. Every value keeps its own file and line.
    /// </summary>
    /// <param name="lower">The base's root.</param>
    /// <param name="upper">The root of what is laid over it.</param>
    public static ConfigNode Merge(ConfigNode lower, ConfigNode upper)
    {
        if (lower.Kind != ConfigKind.Object || upper.Kind != ConfigKind.Object || NamesAnother(lower, upper)) return upper;
        var members = new List<ConfigMember>(lower.Members.Select(m => upper[m.Key] is { } over ? m with { Value = Merge(m.Value, over) } : m));
        members.AddRange(upper.Members.Where(m => lower[m.Key] is null));
        return ConfigNode.Object(members, upper.Path, upper.Source);
    }

    private static bool NamesAnother(ConfigNode lower, ConfigNode upper) =>
        NamedSections.Is(upper.Path)
        && PluginSections.NameOf(upper) is { } name && name != PluginSections.NameOf(lower) && lower[PluginSections.NameKey] is not null;
}
