using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dml.Configuration;

/// <summary>Writes option values as JSON text without reflection; generated binders use it for the defaults in schemas.</summary>
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

    /// <summary>A number in the shortest form that reads back as the same, or null; JSON has no infinities and no NaN, so these are null too.</summary>
    /// <param name="value">The value.</param>
    public static string Of(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "null";

    /// <summary>A text with its quotes, or null.</summary>
    /// <param name="value">The value.</param>
    public static string Of(string? value) => value is null ? "null" : $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>The word of an enum value with its quotes, or null.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="value">The value; one without a word is written as C# names it.</param>
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

    /// <summary>An object.</summary>
    /// <param name="members">Keys with values that are JSON text already.</param>
    public static string Object(params (string Key, string Json)[] members) =>
        members is { Length: > 0 } ? $"{{ {string.Join(", ", members.Select(m => $"{Of(m.Key)}: {m.Json}"))} }}" : "{}";
}
