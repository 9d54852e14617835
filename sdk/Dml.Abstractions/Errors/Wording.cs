using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Dml.Configuration;

namespace Dml;

/// <summary>
/// A text that may name options and operations. Write it as an interpolated string, <c>$"choose another {Mention.Option("output")}"</c>, or as
/// a plain one; numbers are formatted alike in every culture. A conditional expression of two interpolated strings is a plain string to the
/// compiler, so a text that depends on something is put together by statements.
/// </summary>
[InterpolatedStringHandler]
public sealed class Wording
{
    private readonly List<object> _parts;

    /// <summary>Called by the compiler for an interpolated string.</summary>
    /// <param name="literalLength">Characters of the text between the values.</param>
    /// <param name="formattedCount">Number of values.</param>
    public Wording(int literalLength, int formattedCount) => _parts = new(formattedCount + Math.Min(literalLength, formattedCount + 1));

    /// <summary>A plain text.</summary>
    /// <param name="text">The text.</param>
    public static implicit operator Wording(string text) => FromString(text);

    /// <summary>An option or operation alone.</summary>
    /// <param name="mention">What is named.</param>
    public static implicit operator Wording(Mention mention) => FromMention(mention);

    /// <summary>A plain text.</summary>
    /// <param name="text">The text.</param>
    public static Wording FromString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var wording = new Wording(text.Length, 0);
        wording.AppendLiteral(text);
        return wording;
    }

    /// <summary>An option or operation alone.</summary>
    /// <param name="mention">What is named.</param>
    public static Wording FromMention(Mention mention)
    {
        ArgumentNullException.ThrowIfNull(mention);
        var wording = new Wording(0, 1);
        wording.AppendFormatted(mention);
        return wording;
    }

    /// <summary>Adds text.</summary>
    /// <param name="value">The text.</param>
    public void AppendLiteral(string value) => _parts.Add(value);

    /// <summary>Adds the name of an option or operation.</summary>
    /// <param name="value">What is named.</param>
    public void AppendFormatted(Mention value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _parts.Add(value);
    }

    /// <summary>Adds a text with all that it names; null adds nothing.</summary>
    /// <param name="value">The text.</param>
    public void AppendFormatted(Wording? value)
    {
        if (value is not null) _parts.AddRange(value._parts);
    }

    /// <summary>Adds the place of a config value.</summary>
    /// <param name="value">The place.</param>
    public void AppendFormatted(ConfigSource value)
    {
        if (value.Mention is { } mention) _parts.Add(mention);
        else _parts.Add(value.ToString());
    }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value; null adds nothing.</param>
    /// <param name="format">Its format, or null.</param>
    /// <typeparam name="T">Its type.</typeparam>
    public void AppendFormatted<T>(T value, string? format = null) =>
        _parts.Add(value is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : value?.ToString() ?? "");

    /// <summary>The text as programs read it.</summary>
    public override string ToString() => ToString(mention => mention.ToString());

    /// <summary>The text with other names.</summary>
    /// <param name="name">Tells how options and operations are written.</param>
    public string ToString(Func<Mention, string> name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _parts.Aggregate(new StringBuilder(), (text, part) => text.Append(part is Mention mention ? name(mention) : (string)part)).ToString();
    }
}
