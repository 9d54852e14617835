using Dml.Configuration;

namespace Dml.Engine.Plugins;

/// <summary>The single values that an option's value is made of, in lists and in objects with keys of the user's, as the schema's type tells.</summary>
internal static class OptionParts
{
    private const string List = "[]";
    private const string Map = "{}";

    /// <summary>The type of the single values.</summary>
    /// <param name="option">The option.</param>
    public static string Single(OptionSchema option) => option.Type.TrimEnd('[', ']', '{', '}', '?');

    /// <summary>The single values, in order.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">Its value.</param>
    public static IEnumerable<ConfigNode> Of(OptionSchema option, ConfigNode value)
    {
        var parts = new List<ConfigNode>();
        Change(option, value, part =>
        {
            parts.Add(part);
            return part;
        });
        return parts;
    }

    /// <summary>The value with each single value changed.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">Its value.</param>
    /// <param name="change">Makes another of each.</param>
    public static ConfigNode Change(OptionSchema option, ConfigNode value, Func<ConfigNode, ConfigNode> change) => Change(option.Type, value, change);

    /// <summary>An example value: one list or object around another, with one single value at the bottom.</summary>
    /// <param name="option">The option.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="single">Makes the single value of a path.</param>
    public static ConfigNode Example(OptionSchema option, string path, ConfigSource source, Func<string, ConfigNode> single) =>
        Example(option.Type, path, source, single);

    private static ConfigNode Change(string type, ConfigNode value, Func<ConfigNode, ConfigNode> change)
    {
        type = type.TrimEnd('?');
        return (type, value.Kind) switch
        {
            _ when type.EndsWith(List, StringComparison.Ordinal) && value.Kind == ConfigKind.Array =>
                value with { Items = [.. value.Items.Select(item => Change(type[..^2], item, change))] },
            _ when type.EndsWith(Map, StringComparison.Ordinal) && value.Kind == ConfigKind.Object =>
                value with { Members = [.. value.Members.Select(m => m with { Value = Change(type[..^2], m.Value, change) })] },
            _ => change(value),
        };
    }

    private static ConfigNode Example(string type, string path, ConfigSource source, Func<string, ConfigNode> single)
    {
        type = type.TrimEnd('?');
        if (type.EndsWith(List, StringComparison.Ordinal)) return ConfigNode.Array([Example(type[..^2], path + "[0]", source, single)], path, source);
        if (!type.EndsWith(Map, StringComparison.Ordinal)) return single(path);
        return ConfigNode.Object([new("key", Example(type[..^2], path + ".key", source, single))], path, source);
    }
}
