namespace Dml.Engine.Reporting;

/// <summary>The test classes with their retrieval quality, folded away: a large dataset has thousands.</summary>
internal static class ClassTable
{
    /// <summary>Rows beyond these would make the report heavy and are in classes.csv.</summary>
    private const int MostShown = 500;

    public static Html Render(IReadOnlyList<ReportClass> classes) => classes.Count == 0 ? Html.None : Html.Of($"""
        <details class="card">
        <summary>Each test class ({Figures.Count(classes.Count)})</summary>
        <p class="control" hidden="hidden"><label>Show rows with <input class="filter" type="search" aria-controls="classes"/></label></p>
        <table class="classes sortable" id="classes">
        <thead><tr><th scope="col">Class</th><th scope="col" class="number">Queries</th><th scope="col" class="number">Errors</th>
        <th scope="col" class="number">R@1</th><th scope="col" class="number">MAP@R</th>{classes[0].Others.Select(Heading)}<th scope="col">Most confused with</th></tr></thead>
        <tbody>
        {classes.Take(MostShown).Select(Row)}</tbody>
        </table>
        {Rest(classes.Count - MostShown)}</details>

        """);

    private static Html Heading(KeyValuePair<string, double?> metric) => Html.Of($"""<th scope="col" class="number">{metric.Key}</th>""");

    private static Html Row(ReportClass row) => Html.Of($"""
        <tr><th scope="row">{row.Name}</th><td class="number" data-v="{row.QueryCount}">{Figures.Count(row.QueryCount)}</td><td class="number" data-v="{row.ErrorCount}">{Figures.Count(row.ErrorCount)}</td>
        <td class="number" data-v="{Figures.Exact(row.RecallAt1)}">{Figures.Percent(row.RecallAt1)}</td>{row.Others.Select(x => x.Value).Prepend(row.MapAtR).Select(Share)}
        <td>{(row.ConfusedWith is { } other ? $"{other} ({Figures.Count(row.ConfusedCount)})" : "")}</td></tr>

        """);

    private static Html Share(double? value) => value is { } share
        ? Html.Of($"""<td class="number" data-v="{Figures.Exact(share)}">{Figures.Percent(share)}</td>""")
        : Html.Of($"""<td class="number"></td>""");

    private static Html Rest(int count) => count <= 0 ? Html.None : Html.Of($"""
        <p class="hint">{Figures.Count(count, "more class", "more classes")} with fewer errors {(count == 1 ? "is" : "are")} in classes.csv.</p>

        """);
}
