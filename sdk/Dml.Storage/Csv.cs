using System.Text;

namespace Dml.Storage;

/// <summary>Comma-separated values (RFC 4180).</summary>
public static class Csv
{
    /// <summary>A field, in quotation marks where it needs them.</summary>
    public static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The rows of a text; lines without any character are passed over.</summary>
    /// <param name="text">The text, with or without quoted fields.</param>
    public static IReadOnlyList<string[]> Parse(string text)
    {
        var (rows, row, field) = (new List<string[]>(), new List<string>(), new StringBuilder());
        var (quoted, any) = (false, false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                else quoted = false;
            }
            else if (c == '"') (quoted, any) = (true, true);
            else if (c == ',') EndField();
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
            if (!any) return;
            EndField();
            rows.Add([.. row]);
            row.Clear();
            any = false;
        }
    }
}
