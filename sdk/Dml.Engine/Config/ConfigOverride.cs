using System.Globalization;
using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>Applies one override, <c>path=value</c>.</summary>
internal static class ConfigOverride
{
    /// <summary>The parameter that overrides are given as.</summary>
    public const string Option = "overrides";

    private const string Example = "such as loss.scale=32";

    /// <summary>
    /// The config with a value set: JSON where the text parses as JSON, else the text itself. Objects on the way are made when they
    /// are missing; the value replaces what stood there; another plugin's name drops the options of the plugin before. <c>parts[1]</c> is an item
    /// of a list that is there.
    /// </summary>
    /// <param name="root">The config so far.</param>
    /// <param name="setting"><c>path=value</c>.</param>
    /// <exception cref="DmlException">The setting is malformed or leads through a value that is no object.</exception>
    public static ConfigNode Apply(ConfigNode root, string setting)
    {
        var source = ConfigSource.Of(Mention.Option(Option, setting));
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) throw new DmlException(Option, $"path=value {Example}", "no \"=\"", "add the value", setting);
        var path = setting[..equals].Trim();
        string[] keys = [.. path.Split('.').SelectMany(Steps)];
        if (keys.Any(string.IsNullOrWhiteSpace))
        {
            throw new DmlException(
                Option, $"path=value {Example}", $"the path \"{path}\" with an empty key", "write the keys with single dots between them", setting);
        }

        if (path == ConfigFile.ExtendsKey)
        {
            throw new DmlException(
                Option, "the path of a value", "\"extends\", which only a file can give",
                "name the other config file itself or extend it in a file of your own", setting);
        }

        var text = setting[(equals + 1)..];
        var value = ConfigReader.TryReadValue(text, path, source) ?? ConfigNode.Scalar(ConfigKind.String, text, path, source);
        return NamedSections.Expand(Set(root, keys, value));
    }

    /// <summary>The config with a text at a root key.</summary>
    public static ConfigNode Set(ConfigNode root, string key, string text) =>
        Set(root, [key], ConfigNode.Scalar(ConfigKind.String, text, key, new("default", 0)));

    /// <summary>The config with a text in a section.</summary>
    public static ConfigNode Set(ConfigNode root, string section, string key, string text, ConfigSource source) =>
        Set(root, [section, key], ConfigNode.Scalar(ConfigKind.String, text, $"{section}.{key}", source));

    /// <summary>A key, and the places in the lists that it leads to: <c>parts[1]</c> is <c>parts</c> and <c>[1]</c>.</summary>
    private static string[] Steps(string key) => key.IndexOf('[', StringComparison.Ordinal) is > 0 and var bracket && key.EndsWith(']')
        ? [key[..bracket], .. key[bracket..^1].Split(']').Select(place => place + "]")]
        : [key];

    private static ConfigNode SetItem(ConfigNode target, ReadOnlySpan<string> keys, ConfigNode value)
    {
        if (!int.TryParse(keys[0].AsSpan(1, keys[0].Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            || place >= target.Items.Count)
        {
            var found = target.Kind != ConfigKind.Array ? "no list" : $"a list of {target.Items.Count}";
            throw new DmlException($"{value.Source}: expected a list at {target.Path} with an item {keys[0]}, counted from 0, "
                + $"found {found} ({target.Source}); set {target.Path} as a whole.");
        }

        var item = keys.Length == 1 ? value : Set(target.Items[place], keys[1..], value);
        return target with { Items = [.. target.Items.Select((old, i) => i == place ? item : old)] };
    }

    private static ConfigNode Set(ConfigNode target, ReadOnlySpan<string> keys, ConfigNode value)
    {
        if (keys[0].StartsWith('[')) return SetItem(target, keys, value);
        if (target.Kind != ConfigKind.Object)
        {
            throw new DmlException($"{value.Source}: expected an object at {target.Path} to set \"{keys[0]}\" in, "
                + $"found {target.Describe()} ({target.Source}); set {target.Path} as a whole.");
        }

        var (key, path) = (keys[0], target.PathOf(keys[0]));
        var existing = target[key];
        var replacement = keys.Length == 1 ? value : Set(existing ?? ConfigNode.Object([], path, value.Source), keys[1..], value);
        if (key == PluginSections.NameKey && NamedSections.Is(target.Path) && existing is not null && existing.Text != value.Text)
        {
            return ConfigNode.Object([new(key, replacement)], target.Path, value.Source);
        }

        return existing is null
            ? target with { Members = [.. target.Members, new(key, replacement)] }
            : target with { Members = [.. target.Members.Select(m => m.Key == key ? m with { Value = replacement } : m)] };
    }
}
