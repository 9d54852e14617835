using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Dml.Engine.Reporting;

/// <summary>
/// Markup that is known to be safe. It is made by <see cref="Of"/> alone, whose holes escape every text put into them, so a file
/// name or a class name cannot become markup by an oversight. Holes take no floating-point numbers: those go through <see cref="Figures"/>.
/// </summary>
/// <param name="Markup">XML-compatible HTML.</param>
internal readonly record struct Html(string Markup)
{
    public static readonly Html None = new("");

    public static Html Of(Template template) => new(template.ToMarkup());

    public override string ToString() => Markup;

    /// <summary>The text with the five special characters escaped; what XML cannot hold becomes U+FFFD.</summary>
    public static string Escape(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            // Lone surrogates arrive here as U+FFFD already.
            _ = rune.Value switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '"' => result.Append("&quot;"),
                '\'' => result.Append("&#39;"),
                '\t' or '\n' or '\r' => result.Append((char)rune.Value),
                < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => result.Append('\uFFFD'),
                _ => result.Append(rune.ToString()),
            };
        }

        return result.ToString();
    }

    /// <summary>Escapes what stands in the holes of an interpolated string and leaves its literal parts alone.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Template(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + (formattedCount * 24));

        public void AppendLiteral(string literal) => _text.Append(literal);

        public void AppendFormatted(string text) => _text.Append(Escape(text));

        public void AppendFormatted(Html html) => _text.Append(html.Markup);

        public void AppendFormatted(IEnumerable<Html> parts)
        {
            foreach (var part in parts)
            {
                _text.Append(part.Markup);
            }
        }

        public void AppendFormatted(int number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));

        public string ToMarkup() => _text.ToString();
    }
}
