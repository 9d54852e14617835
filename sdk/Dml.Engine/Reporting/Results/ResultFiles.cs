using System.Text.Json;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>Writes a result: NAME.json, a CSV file a table, an SVG file a figure, and report.html.</summary>
internal static class ResultFiles
{
    public const string Folder = "experiments";

    /// <summary>Writes all files; NAME.json comes last, so that its presence says that the others are there.</summary>
    public static void Write(string folder, ResultRecord result)
    {
        Directory.CreateDirectory(folder);
        foreach (var table in result.Tables) AtomicFile.WriteText(Path.Combine(folder, $"{table.Name}.csv"), table.ToCsv());
        foreach (var figure in result.Figures) AtomicFile.WriteText(Path.Combine(folder, $"{figure.Name}.svg"), Standalone(figure.Render().Markup));
        AtomicFile.WriteText(Path.Combine(folder, "report.html"), HtmlReport.Page(result.Title, Html.Of($"""
            <header><p class="eyebrow">Experiment</p><h1>{result.Title}</h1></header>
            {ResultMarkup.Render(result)}
            """), Html.None));
        AtomicFile.WriteText(Path.Combine(folder, $"{result.Name}.json"), JsonSerializer.Serialize(result, ResultJson.Default.ResultRecord) + "\n");
    }

    /// <summary>The results that stand in a run folder, by name.</summary>
    public static IReadOnlyList<ResultRecord> Read(string run)
    {
        var folder = Path.Combine(run, Folder);
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            .Select(d => RunFile.TryRead(Path.Combine(d, Path.GetFileName(d) + ".json"), ResultJson.Default.ResultRecord, Mention.Operation("experiment"))!)
            .Where(r => r is not null)];
    }

    /// <summary>A figure with the report's style sheet inside, so that it can be put into a paper.</summary>
    private static string Standalone(string svg)
    {
        var end = svg.IndexOf('>', StringComparison.Ordinal);
        return $"{svg[..4]} xmlns=\"http://www.w3.org/2000/svg\"{svg[4..end]}>\n<style>\n{HtmlReport.StyleSheet}</style>\n{svg[(end + 1)..].TrimStart('\n')}".ReplaceLineEndings("\n");
    }
}
