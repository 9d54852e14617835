using Dml.Configuration;

namespace Dml.Engine.Plugins;

/// <summary>
/// The root sections that choose a plugin by name: <c>loss</c>, <c>dataset</c>, <c>backbone</c>, <c>estimator</c>, <c>scorer</c>; and the names of those
/// kinds that are named within another section or by plugins alone.
/// </summary>
internal static class PluginSections
{
    /// <summary>The key that holds the plugin's name.</summary>
    public const string NameKey = "name";

    /// <summary>The kinds that have a root section, in the order that messages and schemas show them.</summary>
    public static IReadOnlyList<PluginKind> Kinds { get; } =
        [PluginKind.Dataset, PluginKind.Backbone, PluginKind.Loss, PluginKind.Estimator, PluginKind.Scorer];

    /// <summary>The key of a kind, at the root or within the section that names it, which is also how messages call the kind.</summary>
    /// <param name="kind">The kind.</param>
    public static string Key(PluginKind kind) => kind switch
    {
        PluginKind.Loss => "loss",
        PluginKind.Dataset => "dataset",
        PluginKind.Backbone => "backbone",
        PluginKind.Estimator => "estimator",
        PluginKind.Scorer => "scorer",
        PluginKind.Schedule => "schedule",
        PluginKind.Sampler => "sampler",
        PluginKind.Miner => "miner",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such kind"),
    };

    /// <summary>Whether a root key chooses a plugin.</summary>
    /// <param name="key">The key.</param>
    public static bool IsSection(string key) => Kinds.Any(kind => Key(kind) == key);

    /// <summary>Writes every section that is a bare text as the object it stands for: <c>"loss": "x"</c> is <c>"loss": { "name": "x" }</c>.</summary>
    /// <param name="root">The root of a config.</param>
    public static ConfigNode Expand(ConfigNode root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return root with { Members = [.. root.Members.Select(m => IsSection(m.Key) ? m with { Value = ExpandSection(m.Value) } : m)] };
    }

    /// <summary>The plugin name that a section gives, or null.</summary>
    internal static string? NameOf(ConfigNode section) => section[NameKey] is { Kind: ConfigKind.String } name ? name.Text : null;

    /// <summary>A section as an object, whichever way it is written.</summary>
    internal static ConfigNode ExpandSection(ConfigNode section) => section.Kind != ConfigKind.String
        ? section
        : ConfigNode.Object([new(NameKey, section with { Path = section.PathOf(NameKey) })], section.Path, section.Source);
}
