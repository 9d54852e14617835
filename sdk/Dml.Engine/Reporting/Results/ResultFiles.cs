using System.Text.Json;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>Writes a result: NAME.json, a CSV file a table, an SVG file a figure, and report.html.</summary>
internal static class ResultFiles
{
    public const string Folder = "experiments";

    /// <summary>Writes all files, which replace those of an earlier result together.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="result">What was found.</param>
    /// <param name="origin">What it was computed from.</param>
    public static void Write(string folder, ResultRecord result, Origin origin)
    {
        using var set = new FileSet(folder);
        var files = new Dictionary<string, string>();
        foreach (var table in result.Tables) Add($"{table.Name}.csv", table.ToCsv());
        foreach (var figure in result.Figures) Add($"{figure.Name}.svg", Standalone(figure.Render().Markup));
        Add("report.html", HtmlReport.Page(result.Title, Html.Of($"""
            <header><p class="eyebrow">Experiment</p><h1>{result.Title}</h1></header>
            {ResultMarkup.Render(result)}
            """), Html.None));
        var written = result with { Origin = origin with { Files = files } };
        AtomicFile.WriteText(set.Add($"{result.Name}.json"), JsonSerializer.Serialize(written, ResultJson.Default.ResultRecord) + "\n");
        set.Commit();

        void Add(string name, string text) => files[name] = set.Add(name, text);
    }

    /// <summary>The results that stand in a run folder, by name.</summary>
    /// <param name="run">The run's folder.</param>
    /// <exception cref="DmlException">A result is damaged, or of another state of the run.</exception>
    public static IReadOnlyList<ResultRecord> Read(string run)
    {
        var folder = Path.Combine(run, Folder);
        if (!Directory.Exists(folder)) return [];
        var found = new List<ResultRecord>();
        foreach (var each in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            var file = Path.Combine(each, Path.GetFileName(each) + ".json");
            if (RunFile.TryRead(file, ResultJson.Default.ResultRecord, Mention.Operation("experiment")) is not { } result) continue;
            result.Origin?.RequireCurrent(
                new(run), file, $"run {Mention.Operation("experiment", ("name", result.Name), ("run", run))} again, or remove its folder");
            found.Add(result);
        }

        return found;
    }

    /// <summary>A figure with the report's style sheet inside, so that it can be put into a paper.</summary>
    private static string Standalone(string svg)
    {
        var end = svg.IndexOf('>', StringComparison.Ordinal);
        return $"{svg[..4]} xmlns=\"http://www.w3.org/2000/svg\"{svg[4..end]}>\n<style>\n{HtmlReport.StyleSheet}</style>\n{svg[(end + 1)..].TrimStart('\n')}"
            .ReplaceLineEndings("\n");
    }
}
