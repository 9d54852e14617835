using System.Globalization;
using System.Text;

namespace Dml.Storage;

/// <summary>
/// Comma-separated values (RFC 4180) that no spreadsheet runs: a text that one would take for a formula has an apostrophe before it, which
/// <see cref="Text"/> takes away again. Numbers stay as they are.
/// </summary>
public static class Csv
{
    private const string FormulaStarts = "=+-@\t\r\n";
    private const char Apostrophe = '\'';

    /// <summary>A text as a field, in quotation marks where it needs them and with an apostrophe where it begins like a formula.</summary>
    /// <param name="field">Any text.</param>
    public static string Quote(string field)
    {
        ArgumentNullException.ThrowIfNull(field);
        var safe = IsFormula(field) ? Apostrophe + field : field;
        return safe.AsSpan().IndexOfAny(",\"\r\n\uFEFF") < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>The text that a field of a parsed row stands for: what <see cref="Quote"/> was given.</summary>
    /// <param name="field">A field as <see cref="Parse"/> gives it.</param>
    public static string Text(string field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field.StartsWith(Apostrophe) && IsFormula(field) ? field[1..] : field;
    }

    /// <summary>The rows of a text; lines without any character are passed over.</summary>
    /// <param name="text">The text, with or without quoted fields.</param>
    public static IReadOnlyList<string[]> Parse(string text) => [.. Rows(text).Select(row => row.Fields.ToArray())];

    /// <summary>The rows of a text with their lines; lines without any character are passed over.</summary>
    /// <param name="text">The text, with or without quoted fields; a byte order mark and carriage returns are passed over.</param>
    /// <param name="delimiter">What stands between two fields.</param>
    public static IReadOnlyList<CsvRow> Rows(string text, char delimiter = ',')
    {
        ArgumentNullException.ThrowIfNull(text);
        var (rows, row, field) = (new List<CsvRow>(), new List<string>(), new StringBuilder());
        var (quoted, any, line, start) = (false, false, 1, 1);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\n') line++;
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                else quoted = false;
            }
            else if (c == '"') (quoted, any) = (true, true);
            else if (c == delimiter) EndField();
            else if (c == '\n') EndRow();
            else if (c != '\r' && c != '\uFEFF')
            {
                field.Append(c);
                any = true;
            }
        }

        EndRow();
        return rows;

        void EndField()
        {
            row.Add(field.ToString());
            field.Clear();
            any = true;
        }

        void EndRow()
        {
            if (any)
            {
                EndField();
                rows.Add(new(start, [.. row]));
                row.Clear();
                any = false;
            }

            start = line;
        }
    }

    /// <summary>
    /// Whether a text begins like a formula, apostrophes before it not counted: so a text that has an apostrophe of its own gets another,
    /// and none is taken from it.
    /// </summary>
    private static bool IsFormula(string text)
    {
        var bare = text.AsSpan().TrimStart(Apostrophe);
        return bare.Length > 0 && FormulaStarts.Contains(bare[0], StringComparison.Ordinal) && !IsNumber(bare);
    }

    private static bool IsNumber(ReadOnlySpan<char> text) =>
        double.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value);
}
