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
            .Select(section => CompleteSection(section, config)).ToList();
        foreach (var kind in PluginSections.Kinds)
        {
            if (config.Plugin(kind) is not { } plugin) continue;
            members.Add(new(PluginSections.Key(kind), Named(plugin.Plugin.Name, Options(plugin, config.Root))));
        }

        return ConfigNode.Object(members, "", config.Root.Source);
    }

    /// <summary>The options of a chosen plugin, without its name.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="root">The config that chose it.</param>
    public static ConfigNode Options(BoundPlugin plugin, ConfigNode root)
    {
        var section = PluginSections.ExpandSection(root[PluginSections.Key(plugin.Plugin.Kind)]!);
        return Complete(plugin.Plugin.Descriptor.Options, section, plugin.Catalog);
    }

    private static ConfigMember CompleteSection(ConfigSection section, BoundConfig config)
    {
        var root = config.Root;
        var member = Complete(new([section.Schema]), root).Members[0];
        foreach (var named in section.Named)
        {
            var value = root[section.Key]?[named.Option.Key]
                ?? ConfigReader.TryReadValue(named.Option.Default!, member.Value.PathOf(named.Option.Key), DefaultSource)!;
            if (config.Within.FirstOrDefault(w => w.Section == section.Key && w.Option.Option.Key == named.Option.Key)?.Plugin is { } plugin)
            {
                value = Named(plugin.Plugin.Name, Complete(plugin.Plugin.Descriptor.Options, PluginSections.ExpandSection(value), plugin.Catalog));
            }
            else if (named.Of(value) is { } choice)
            {
                value = value with { Members = [new(PluginSections.NameKey, value[PluginSections.NameKey]!), .. Complete(choice.Schema, value).Members] };
            }

            IReadOnlyList<ConfigMember> members = member.Value[named.Option.Key] is null
                ? [.. member.Value.Members, new(named.Option.Key, value)]
                : [.. member.Value.Members.Select(m => m.Key == named.Option.Key ? m with { Value = value } : m)];
            member = member with { Value = member.Value with { Members = members } };
        }

        return member;
    }

    /// <summary>An object with options after the name of what they are options of.</summary>
    private static ConfigNode Named(string name, ConfigNode options)
    {
        var first = ConfigNode.Scalar(ConfigKind.String, name, options.PathOf(PluginSections.NameKey), DefaultSource);
        return ConfigNode.Object([new(PluginSections.NameKey, first), .. options.Members], options.Path, DefaultSource);
    }

    /// <summary>The options with all defaults; the catalog has the plugins that they choose, and is null where they choose none.</summary>
    private static ConfigNode Complete(OptionsSchema schema, ConfigNode given, PluginCatalog? catalog = null)
    {
        var members = new List<ConfigMember>();
        foreach (var option in schema.Options)
        {
            var path = given.PathOf(option.Key);
            var value = given[option.Key] ?? ConfigReader.TryReadValue(option.Default!, path, DefaultSource)!;
            members.Add(new(option.Key, Complete(option, value, catalog)));
        }

        return ConfigNode.Object(members, given.Path, given.Source);
    }

    private static ConfigNode Complete(OptionSchema option, ConfigNode value, PluginCatalog? catalog) =>
        OptionParts.Change(option, value, part => CompletePart(option, part, catalog));

    private static ConfigNode CompletePart(OptionSchema option, ConfigNode value, PluginCatalog? catalog)
    {
        if (option.Plugin is { } kind && PluginSections.ExpandSection(value) is var section && PluginSections.NameOf(section) is { } name)
        {
            return Named(name, Complete(catalog!.Find(name, kind, out _)!.Descriptor.Options, section, catalog));
        }

        return option.Nested is { } nested && value.Kind == ConfigKind.Object ? Complete(nested, value, catalog) : value;
    }
}
