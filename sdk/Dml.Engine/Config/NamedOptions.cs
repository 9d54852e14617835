using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>Something of the engine that a config chooses by name, with options of its own: <c>"cosine"</c>, or <c>{ "name": "cosine", options }</c>.</summary>
internal interface INamedOptions
{
    /// <summary>The name in configs.</summary>
    string Name { get; }

    /// <summary>What it is, as a sentence.</summary>
    string Meaning { get; }

    /// <summary>Its options.</summary>
    OptionsSchema Schema { get; }
}

/// <summary>An option of a section that names one of several things; null where none is named.</summary>
/// <param name="Option">Key and summary; the default is null.</param>
/// <param name="Choices">What can be named.</param>
internal sealed record NamedOption(OptionSchema Option, IReadOnlyList<INamedOptions> Choices)
{
    /// <summary>What a value names; null where it names nothing.</summary>
    /// <param name="value">An object with a name.</param>
    public INamedOptions? Of(ConfigNode value) => Choices.FirstOrDefault(choice => choice.Name == PluginSections.NameOf(value));

    /// <summary>The plugins that can be named too; null where there are none.</summary>
    public NamedPlugins? Plugins { get; init; }

    /// <summary>Names of what the engine brings without options of its own: a text, which the section's own binder reads.</summary>
    public IReadOnlyList<string> Plain { get; init; } = [];

    /// <summary>Whether a value names what the engine brings.</summary>
    /// <param name="value">An object with a name.</param>
    public bool IsOwn(ConfigNode value) => Of(value) is not null || NamedSections.IsPlain(Plain, PluginSections.NameOf(value));
}

/// <summary>Plugins that an option of a section can name beside what the engine brings.</summary>
/// <param name="Kind">Their kind.</param>
/// <param name="Check">Adds what makes no sense with the rest of the section.</param>
/// <param name="With">The section's options with the plugin; it replaces one that they had.</param>
internal sealed record NamedPlugins(PluginKind Kind, Action<ConfigNode, ConfigProblems> Check, Func<object, BoundPlugin, object> With);

/// <summary>A plugin that an option of a section names.</summary>
/// <param name="Section">The section's root key.</param>
/// <param name="Option">The option.</param>
/// <param name="Plugin">The plugin.</param>
internal sealed record SectionPlugin(string Section, NamedOption Option, BoundPlugin Plugin);

/// <summary>The places of a config where an object, or a text in its place, names something that the other keys are options of.</summary>
internal static class NamedSections
{
    /// <summary>The key within <c>training</c> that names a schedule.</summary>
    public const string Schedule = "schedule";

    /// <summary>The key within <c>training</c> that names a sampler.</summary>
    public const string Sampler = "sampler";

    /// <summary>The engine's own samplers, which have no options of their own and stay texts.</summary>
    public static readonly IReadOnlyList<string> PlainSamplers = ["balanced", "random"];

    /// <summary>Such places within a section of the host, as section and key, and the names there that stay texts.</summary>
    private static readonly (string Section, string Key, IReadOnlyList<string> Plain)[] Nested =
        [("training", Schedule, []), ("training", Sampler, PlainSamplers)];

    /// <summary>Whether a path is such a place, or lies within a plugin's options, where an object with a name is a plugin that they choose.</summary>
    public static bool Is(string path) => PluginSections.IsSection(path.Split('.')[0]) || Nested.Any(place => path == $"{place.Section}.{place.Key}");

    /// <summary>The section that names plugins of a kind; null for a kind with a root section of its own.</summary>
    /// <param name="kind">The kind.</param>
    public static string? SectionOf(PluginKind kind) =>
        Nested.Where(place => place.Key == PluginSections.Key(kind)).Select(place => place.Section).FirstOrDefault();

    /// <summary>The config of a training that is over: what its schedule was is of no more use, and the plugin may be missing.</summary>
    /// <param name="root">The root of a config.</param>
    public static ConfigNode WithoutSchedule(ConfigNode root) =>
        Nested.Where(place => place.Key == Schedule).Aggregate(root, (config, place) => Replace(config, place.Section, section => section.Without(place.Key)));

    /// <summary>The config with the engine's usual sampler in the place of a plugin, for what draws no batches.</summary>
    /// <param name="root">The root of a config.</param>
    public static ConfigNode WithoutSamplerPlugin(ConfigNode root) =>
        SamplerPlugin(root) is null ? root : Replace(root, "training", section => section.Without(Sampler));

    /// <summary>The name of the plugin that draws the batches; null where the engine does.</summary>
    /// <param name="root">The root of a config.</param>
    public static string? SamplerPlugin(ConfigNode root) =>
        root["training"]?[Sampler] is { Kind: ConfigKind.Object } value ? PluginSections.NameOf(value) : null;

    /// <summary>Whether a name is one of those that stay texts; like every choice, in any case.</summary>
    public static bool IsPlain(IReadOnlyList<string> plain, string? name) => name is not null && plain.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The config with an object wherever a text names something.</summary>
    /// <param name="root">The root of a config.</param>
    public static ConfigNode Expand(ConfigNode root) => Nested.Aggregate(PluginSections.Expand(root), (config, place) => Replace(
        config, place.Section, section => Replace(section, place.Key, value => Expand(value, place.Plain))));

    private static ConfigNode Expand(ConfigNode value, IReadOnlyList<string> plain)
    {
        if (value.Kind == ConfigKind.String && IsPlain(plain, value.Text)) return value;
        var isPlain = value is { Kind: ConfigKind.Object, Members.Count: 1 } && IsPlain(plain, PluginSections.NameOf(value));
        return isPlain ? value[PluginSections.NameKey]! with { Path = value.Path } : PluginSections.ExpandSection(value);
    }

    private static ConfigNode Replace(ConfigNode node, string key, Func<ConfigNode, ConfigNode> change) => node[key] is null
        ? node
        : node with { Members = [.. node.Members.Select(m => m.Key == key ? m with { Value = change(m.Value) } : m)] };
}
