namespace Dml.Engine.Reporting;

/// <summary>What the worst test classes are taken for, as a table whose cells are the darker the more items they hold.</summary>
internal static class MatrixTable
{
    public static Html Render(ConfusionMatrix? matrix)
    {
        if (matrix is null || matrix.Rows.Count == 0) return Html.None;
        var most = matrix.Rows.Max(r => Math.Max(r.Elsewhere, r.Counts.DefaultIfEmpty(0).Max()));
        return Html.Of($"""
            <div class="card scroll" role="region" aria-label="Confusion matrix of the worst classes" tabindex="0">
            <table class="matrix">
            <caption>What the {Figures.Count(matrix.Rows.Count, "class", "classes")} with most errors {(matrix.Rows.Count == 1 ? "is" : "are")} taken for</caption>
            <thead><tr><th scope="col">Class</th><th scope="col" class="turned"><span>right</span></th>
            {matrix.Columns.Select(c => Html.Of($"""<th scope="col" class="turned"><span>{c}</span></th>"""))}<th scope="col" class="turned"><span>other classes</span></th></tr></thead>
            <tbody>
            {matrix.Rows.Select(Row)}</tbody>
            </table>
            <p class="hint">Items of the class in each row by the class of their nearest neighbour, seen as confusions and influence see them.</p>
            </div>

            """);

        Html Row(ConfusionMatrixRow row) => Html.Of($"""
            <tr><th scope="row">{row.Class}</th><td class="number right">{Figures.Count(row.Right)}</td>
            {row.Counts.Append(row.Elsewhere).Select(Cell)}</tr>

            """);

        Html Cell(int count) => count == 0
            ? Html.Of($"""<td class="number"></td>""")
            : Html.Of($"""<td class="number shaded" style="--share:{Figures.Plain((double)count / most)}">{Figures.Count(count)}</td>""");
    }
}
