using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>A config with every default written out, so that a run stays what it was when a default changes.</summary>
internal static class ResolvedConfig
{
    private static readonly ConfigSource DefaultSource = new("default", 0);

    /// <summary>The whole config: host sections, then the chosen plugins.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="sections">The root keys of the host.</param>
    public static ConfigNode Of(BoundConfig config, IReadOnlyList<ConfigSection> sections)
    {
        var members = sections.Where(section => !section.WrittenWhereGiven || config.Root[section.Key] is not null)
            .Select(section => CompleteSection(section, config.Root)).ToList();
        foreach (var kind in PluginSections.Kinds)
        {
            if (config.Plugin(kind) is not { } plugin) continue;
            var key = PluginSections.Key(kind);
            var name = ConfigNode.Scalar(ConfigKind.String, plugin.Plugin.Name, $"{key}.{PluginSections.NameKey}", DefaultSource);
            members.Add(new(key, ConfigNode.Object([new(PluginSections.NameKey, name), .. Options(plugin, config.Root).Members], key, DefaultSource)));
        }

        return ConfigNode.Object(members, "", config.Root.Source);
    }

    /// <summary>The options of a chosen plugin, without its name.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="root">The config that chose it.</param>
    public static ConfigNode Options(BoundPlugin plugin, ConfigNode root)
    {
        var section = PluginSections.ExpandSection(root[PluginSections.Key(plugin.Plugin.Kind)]!);
        return Complete(plugin.Plugin.Descriptor.Options, section);
    }

    private static ConfigMember CompleteSection(ConfigSection section, ConfigNode root)
    {
        var member = Complete(new([section.Schema]), root).Members[0];
        foreach (var named in section.Named)
        {
            var value = root[section.Key]?[named.Option.Key]
                ?? ConfigReader.TryReadValue(named.Option.Default!, member.Value.PathOf(named.Option.Key), DefaultSource)!;
            if (named.Of(value) is { } choice)
            {
                value = value with { Members = [new(PluginSections.NameKey, value[PluginSections.NameKey]!), .. Complete(choice.Schema, value).Members] };
            }

            member = member with { Value = member.Value with { Members = [.. member.Value.Members, new(named.Option.Key, value)] } };
        }

        return member;
    }

    private static ConfigNode Complete(OptionsSchema schema, ConfigNode given)
    {
        var members = new List<ConfigMember>();
        foreach (var option in schema.Options)
        {
            var path = given.PathOf(option.Key);
            var value = given[option.Key] ?? ConfigReader.TryReadValue(option.Default!, path, DefaultSource)!;
            members.Add(new(option.Key, option.Nested is { } nested && value.Kind == ConfigKind.Object ? Complete(nested, value) : value));
        }

        return ConfigNode.Object(members, given.Path, given.Source);
    }
}
