using System.Globalization;
using System.Text.Json;

namespace Dml.Configuration;

/// <summary>Option values as JSON text, for the schemas that generated binders make; culture plays no part.</summary>
public static class JsonText
{
    /// <summary>true or false.</summary>
    /// <param name="value">The value.</param>
    public static string Of(bool value) => value ? "true" : "false";

    /// <summary>A whole number.</summary>
    /// <param name="value">The value.</param>
    public static string Of(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A whole number.</summary>
    /// <param name="value">The value.</param>
    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number, in the shortest form that reads back the same.</summary>
    /// <param name="value">The value.</param>
    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A text, quoted; null for none.</summary>
    /// <param name="value">The value.</param>
    public static string Of(string? value) => value is null ? "null" : $"\"{JsonEncodedText.Encode(value)}\"";

    /// <summary>The word of a choice, quoted.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="choices">Word and value, for all values.</param>
    public static string Of<T>(T value, (string Word, T Value)[] choices) where T : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(choices);
        return Of(Array.Find(choices, c => EqualityComparer<T>.Default.Equals(c.Value, value)).Word);
    }

    /// <summary>A list.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="values">The items.</param>
    /// <param name="item">Text of one item.</param>
    public static string Of<T>(IReadOnlyList<T> values, Func<T, string> item) => $"[{string.Join(", ", values.Select(item))}]";

    /// <summary>null, or the text of the value.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="present">Text of a value that is there.</param>
    public static string OrNull<T>(T? value, Func<T, string> present) where T : struct
    {
        ArgumentNullException.ThrowIfNull(present);
        return value is { } inner ? present(inner) : "null";
    }
}
