using System.Text.Json;

namespace Dml.Configuration;

/// <summary>Kinds of config value, as in JSON.</summary>
public enum ConfigKind
{
    /// <summary>Keys with values.</summary>
    Object,

    /// <summary>A list.</summary>
    Array,

    /// <summary>A text.</summary>
    String,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>null.</summary>
    Null,
}

/// <summary>A key of a config object with its value.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="Value">The value.</param>
public readonly record struct ConfigMember(string Key, ConfigNode Value);

/// <summary>A config value that knows where it came from, so that every problem can name file, line and path.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Its path from the root, <c>loss.scale</c>; empty for the root.</param>
/// <param name="Source">Where it stands.</param>
/// <param name="Text">Scalars: the text of the value (a string's content, a number's digits, true, false, null). Else empty.</param>
/// <param name="Members">Objects: the members in the order written. Else empty.</param>
/// <param name="Items">Arrays: the items. Else empty.</param>
public sealed record ConfigNode(
    ConfigKind Kind,
    string Path,
    ConfigSource Source,
    string Text,
    IReadOnlyList<ConfigMember> Members,
    IReadOnlyList<ConfigNode> Items)
{
    /// <summary>A scalar.</summary>
    /// <param name="kind">String, Number, Boolean or Null.</param>
    /// <param name="text">Its text.</param>
    /// <param name="path">Its path.</param>
    /// <param name="source">Where it stands.</param>
    public static ConfigNode Scalar(ConfigKind kind, string text, string path, ConfigSource source) => new(kind, path, source, text, [], []);

    /// <summary>An object.</summary>
    /// <param name="members">Its members.</param>
    /// <param name="path">Its path.</param>
    /// <param name="source">Where it stands.</param>
    public static ConfigNode Object(IReadOnlyList<ConfigMember> members, string path, ConfigSource source) =>
        new(ConfigKind.Object, path, source, "", members, []);

    /// <summary>A list.</summary>
    /// <param name="items">Its items.</param>
    /// <param name="path">Its path.</param>
    /// <param name="source">Where it stands.</param>
    public static ConfigNode Array(IReadOnlyList<ConfigNode> items, string path, ConfigSource source) => new(ConfigKind.Array, path, source, "", [], items);

    /// <summary>Reads strict JSON that a program wrote; what users write the host reads, which knows lines and tells keys that stand twice.</summary>
    /// <param name="json">One JSON value.</param>
    /// <param name="path">Its path.</param>
    /// <param name="source">Where it stands.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static ConfigNode Parse(string json, string path, ConfigSource source)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document.RootElement, path, source);
    }

    /// <summary>The value at a key, or null.</summary>
    /// <param name="key">The key, compared ordinally.</param>
    public ConfigNode? this[string key]
    {
        get
        {
            foreach (var member in Members)
            {
                if (member.Key == key) return member.Value;
            }

            return null;
        }
    }

    /// <summary>The path of a member of this object.</summary>
    /// <param name="key">The member's key.</param>
    public string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    /// <summary>This object without some members.</summary>
    /// <param name="key">The key to leave out.</param>
    public ConfigNode Without(string key) => this with { Members = [.. Members.Where(m => m.Key != key)] };

    /// <summary>For messages: what the value is, as a person would say it.</summary>
    public string Describe() => Kind switch
    {
        ConfigKind.Object => "an object",
        ConfigKind.Array => "a list",
        ConfigKind.String => $"the text \"{Text}\"",
        ConfigKind.Number => $"the number {Text}",
        ConfigKind.Boolean => Text,
        _ => "null",
    };

    private static ConfigNode Of(JsonElement value, string path, ConfigSource source) => value.ValueKind switch
    {
        JsonValueKind.Object => Object(
            [.. value.EnumerateObject().Select(m => new ConfigMember(m.Name, Of(m.Value, path.Length == 0 ? m.Name : $"{path}.{m.Name}", source)))],
            path, source),
        JsonValueKind.Array => Array([.. value.EnumerateArray().Select((item, i) => Of(item, $"{path}[{i}]", source))], path, source),
        JsonValueKind.String => Scalar(ConfigKind.String, value.GetString()!, path, source),
        JsonValueKind.Number => Scalar(ConfigKind.Number, value.GetRawText(), path, source),
        JsonValueKind.Null => Scalar(ConfigKind.Null, "null", path, source),
        _ => Scalar(ConfigKind.Boolean, value.GetRawText(), path, source),
    };
}
