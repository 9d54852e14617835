using System.Text.Json;
using Dml.Configuration;

namespace Dml.Engine.Plugins;

/// <summary>
/// Binds a plugin's own defaults when it is loaded. A run writes every default down, so one that its own binder refuses would end a
/// training with a config that no command reads. The compiler tells of constants (DML017); a default may also be computed.
/// </summary>
internal static class PluginDefaults
{
    private static readonly ConfigSource Source = new("default", 0);

    /// <summary>The first default that cannot be read back, as <c>path: problem</c>, or null.</summary>
    /// <param name="plugin">The plugin.</param>
    public static string? Problem(PluginDescriptor plugin)
    {
        try
        {
            // As the options have them, then as the nested records have them, which hold where a config gives a part of such a record.
            return Problem(plugin, ofNested: false) ?? Problem(plugin, ofNested: true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return $"text that JSON cannot hold ({e.Message.TrimEnd('.')})";
        }
    }

    private static string? Problem(PluginDescriptor plugin, bool ofNested)
    {
        var (problems, required) = (new ConfigProblems(), new HashSet<string>(StringComparer.Ordinal));
        plugin.Bind(Defaults(plugin.Options, "", ofNested, required), problems);
        return problems.Items.Where(p => !required.Contains(p.Path)).Select(p => $"{p.Path}: {p.Message}").FirstOrDefault();
    }

    /// <summary>All defaults as a config; the paths that a config must give go to <c>required</c>.</summary>
    private static ConfigNode Defaults(OptionsSchema schema, string path, bool ofNested, HashSet<string> required)
    {
        var members = new List<ConfigMember>();
        foreach (var option in schema.Options)
        {
            var at = path.Length == 0 ? option.Key : $"{path}.{option.Key}";
            if (ofNested && option.Nested is { } nested)
            {
                members.Add(new(option.Key, OptionParts.Example(option, at, Source, place => Defaults(nested, place, ofNested, required))));
            }
            else if (option.Default is { } json)
            {
                members.Add(new(option.Key, ConfigNode.Parse(json, at, Source)));
            }
            else
            {
                required.Add(at);
            }
        }

        return ConfigNode.Object(members, path, Source);
    }
}
