namespace Dml.Engine.Reporting;

/// <summary>A result as a section of a report.</summary>
internal static class ResultMarkup
{
    private const int MostRows = 200;

    public static Html Render(ResultRecord result) => Html.Of($"""
        <section aria-labelledby="experiment-{result.Name}">
        <h2 id="experiment-{result.Name}">{result.Title}</h2>
        {result.Summary.Select(s => Html.Of($"""<p class="intro">{s}</p>"""))}
        <div class="stack">
        {result.Figures.Select(f => Html.Of($"""
        <figure class="card scroll">
        {f.Render()}</figure>

        """))}{result.Tables.Select(Table)}
        <div class="card"><dl class="settings">
        {result.Settings.Append(new("runs", string.Join(", ", result.Runs.Select(Path.GetFileName)))).Select(s => Html.Of($"<div><dt>{s.Key}</dt><dd>{s.Value}</dd></div>\n"))}</dl></div>
        </div>
        </section>

        """);

    private static Html Table(ResultTable table) => Html.Of($"""
        <div class="card scroll">
        <table class="sortable">
        <caption>{table.Caption}</caption>
        <thead><tr>{table.Columns.Select((c, i) => Html.Of($"""<th scope="col" class="{Class(table, i)}">{c}</th>"""))}</tr></thead>
        <tbody>
        {table.Rows.Take(MostRows).Select(row => Html.Of($"<tr>{row.Select((c, i) => Html.Of($"""<td class="{Class(table, i)}"{Value(c)}>{c.Shown}</td>"""))}</tr>\n"))}</tbody>
        </table>
        {(table.Rows.Count > MostRows ? Html.Of($"""<p class="hint">{Figures.Count(table.Rows.Count - MostRows, "more row")} in {table.Name}.csv.</p>""") : Html.None)}</div>

        """);

    private static Html Value(ResultCell cell) => cell.Number is { } number ? Html.Of($" data-v=\"{Figures.Exact(number)}\"") : Html.None;

    private static string Class(ResultTable table, int column) => table.Rows.All(r => r[column].Text is null) ? "number" : "text";
}
