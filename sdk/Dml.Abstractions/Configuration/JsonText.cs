using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dml.Configuration;

/// <summary>
/// Writes option values as JSON text without reflection; generated binders use it for the defaults in schemas. What is written reads back
/// as the same value, or is refused by the reader that it is for: no value is ever written as another one that could be read.
/// </summary>
public static class JsonText
{
    /// <summary>true, false or null.</summary>
    /// <param name="value">The value.</param>
    public static string Of(bool? value) => value switch
    {
        true => "true",
        false => "false",
        null => "null",
    };

    /// <summary>A whole number or null.</summary>
    /// <param name="value">The value.</param>
    public static string Of(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "null";

    /// <summary>
    /// A number in the shortest form that reads back as the same, or null. JSON has no infinities and no NaN: these are written as a text
    /// with their name, which readers of numbers refuse.
    /// </summary>
    /// <param name="value">The value.</param>
    public static string Of(double? value)
    {
        if (value is not { } number) return "null";
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? text : Of(text);
    }

    /// <summary>A number of 32 bits in the shortest form that reads back as the same, or null; infinities and NaN as those of 64 bits.</summary>
    /// <param name="value">The value.</param>
    public static string Of(float? value)
    {
        if (value is not { } number) return "null";
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return float.IsFinite(number) ? text : Of(text);
    }

    /// <summary>A length of time with its quotes, or null; see <see cref="DurationText"/>.</summary>
    /// <param name="value">The value.</param>
    public static string Of(TimeSpan? value) => value is { } length ? Of(DurationText.Of(length)) : "null";

    /// <summary>A text with its quotes, or null. Half of a surrogate pair is written as an escape, which readers of JSON refuse.</summary>
    /// <param name="value">The value.</param>
    public static string Of(string? value)
    {
        if (value is null) return "null";
        var json = new StringBuilder("\"", value.Length + 2);
        var rest = value.AsSpan();
        while (rest.Length > 0)
        {
            var whole = WholeLength(rest);
            json.Append(JsonEncodedText.Encode(rest[..whole], JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value);
            if (whole < rest.Length) json.Append(CultureInfo.InvariantCulture, $"\\u{(int)rest[whole++]:x4}");
            rest = rest[whole..];
        }

        return json.Append('"').ToString();
    }

    /// <summary>The word of an enum value with its quotes, or null.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="value">The value; one without a word is written as C# names it, which is no word of a choice.</param>
    /// <param name="choices">Word and value, for all values.</param>
    public static string Choice<T>(T? value, IReadOnlyList<(string Word, T Value)> choices) where T : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (value is not { } given) return "null";
        foreach (var choice in choices)
        {
            if (EqualityComparer<T>.Default.Equals(choice.Value, given)) return Of(choice.Word);
        }

        return Of(given.ToString());
    }

    /// <summary>A list, or null.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="write">Writes one item.</param>
    public static string List<T>(IReadOnlyList<T>? items, Func<T, string> write) => items is null ? "null" : $"[{string.Join(", ", items.Select(write))}]";

    /// <summary>An object with keys of the user's, or null.</summary>
    /// <typeparam name="T">The values' type.</typeparam>
    /// <param name="items">Keys and values.</param>
    /// <param name="write">Writes one value.</param>
    public static string Map<T>(IReadOnlyDictionary<string, T>? items, Func<T, string> write) =>
        items is null ? "null" : Object([.. items.Select(item => (item.Key, write(item.Value)))]);

    /// <summary>The name of a plugin, with options as an object, or null.</summary>
    /// <typeparam name="T">The contract.</typeparam>
    /// <param name="value">The choice.</param>
    public static string Plugin<T>(PluginChoice<T>? value) where T : class => value switch
    {
        null => "null",
        { Options.Members: [] } => Of(value.Name),
        _ => Object([("name", Of(value.Name)), .. value.Options.Members.Select(m => (m.Key, Of(m.Value)))]),
    };

    /// <summary>An object.</summary>
    /// <param name="members">Keys with values that are JSON text already.</param>
    public static string Object(params (string Key, string Json)[] members) =>
        members is { Length: > 0 } ? $"{{ {string.Join(", ", members.Select(m => $"{Of(m.Key)}: {m.Json}"))} }}" : "{}";

    private static string Of(ConfigNode value) => value.Kind switch
    {
        ConfigKind.Object => Object([.. value.Members.Select(m => (m.Key, Of(m.Value)))]),
        ConfigKind.Array => List(value.Items, Of),
        ConfigKind.String => Of(value.Text),
        _ => value.Text,
    };

    /// <summary>How many characters stand before the first half of a surrogate pair without its other half.</summary>
    internal static int WholeLength(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf16(text[at..], out _, out var length) == OperationStatus.Done) at += length;
        return at;
    }
}
