namespace Dml.Engine.Reporting;

/// <summary>
/// The top of the report: the title, what was run, the few figures that matter most, and the warnings; figures and warnings come from the sections.
/// </summary>
internal static class Headline
{
    public static Html Render(Report report) => Html.Of($"""
        <header>
        <p class="eyebrow">Metric learning report</p>
        <h1>{report.Title}</h1>
        <p class="lead">{Parts(report.Facts)}</p>
        </header>
        {Tiles([.. report.Sections.SelectMany(s => s.Tiles)])}{Warnings([.. report.Warnings, .. report.Sections.SelectMany(s => s.Warnings)])}
        """);

    private static string Parts(ReportFacts facts) =>
        string.Join(" · ", new[] { facts.Dataset, facts.Backbone, facts.Loss, facts.Estimator }.Where(part => part.Length > 0));

    private static Html Tiles(IReadOnlyList<ReportTile> tiles) => tiles.Count == 0 ? Html.None : Html.Of($"""
        <dl class="stats">
        {tiles.Select(Tile)}</dl>

        """);

    private static Html Tile(ReportTile tile) => Html.Of($"""
        <div class="stat"><dt>{tile.Name}</dt><dd class="value">{tile.Value}</dd><dd class="note">{tile.Note}</dd></div>

        """);

    private static Html Warnings(IReadOnlyList<string> warnings) => warnings.Count == 0 ? Html.None : Html.Of($"""
        <section class="warnings" aria-labelledby="warnings">
        <h2 id="warnings">{Figures.Count(warnings.Count, "warning")}</h2>
        <ul>
        {warnings.Select(warning => Html.Of($"<li>{warning}</li>\n"))}</ul>
        </section>

        """);
}
