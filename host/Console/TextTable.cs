using System.Text;

namespace Dml.Host.Terminal;

/// <summary>A table of left-aligned columns, two spaces apart; the last column is not padded.</summary>
internal static class TextTable
{
    /// <summary>The table, each line with its line end.</summary>
    /// <param name="header">The column titles.</param>
    /// <param name="rows">As many cells as there are titles.</param>
    /// <param name="indent">Put before every line.</param>
    public static string Render(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows, string indent = "")
    {
        IReadOnlyList<IReadOnlyList<string>> all = [header, .. rows];
        var widths = header.Select((_, column) => all.Max(row => row[column].Length)).ToList();
        var text = new StringBuilder();
        foreach (var row in all)
        {
            var line = string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])));
            text.Append(indent).Append(line.TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
