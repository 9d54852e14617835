using System.Text;

namespace Dml.Tests.EndToEnd;

/// <summary>Reads comma-separated values as RFC 4180 quotes them.</summary>
internal static class Csv
{
    public static IReadOnlyList<IReadOnlyList<string>> Parse(string text)
    {
        var rows = new List<IReadOnlyList<string>>();
        var row = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
            else if (c == '"') quoted = !quoted;
            else if (quoted || c is not (',' or '\n')) field.Append(c);
            else
            {
                row.Add(field.ToString());
                field.Clear();
                if (c != '\n') continue;
                rows.Add(row);
                row = [];
            }
        }

        Assert.False(quoted);
        Assert.Empty(field.ToString());
        return rows;
    }
}
