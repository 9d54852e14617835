namespace Dml.Engine.Reporting;

/// <summary>The top of the report: the title, what was run, the few figures that matter most, and the warnings.</summary>
internal static class HeadlineSection
{
    public static Html Render(ReportModel model) => Html.Of($"""
        <header>
        <p class="eyebrow">Metric learning report</p>
        <h1>{model.Title}</h1>
        <p class="lead">{Parts(model.Facts)}</p>
        </header>
        {Tiles(model)}{Warnings(model.Warnings)}
        """);

    /// <summary>The recall whose share checked is nearest to 20 %; null when there is none.</summary>
    public static DetectionRecall? HeadlineRecall(MislabelSummary? mislabels) => mislabels is { Recall.Count: > 0 }
        ? mislabels.Recall.MinBy(x => Math.Abs(x.Checked - 0.2))
        : null;

    private static string Parts(ReportFacts facts) =>
        string.Join(" · ", new[] { facts.Dataset, facts.Backbone, facts.Loss, facts.Estimator }.Where(part => part.Length > 0));

    private static Html Tiles(ReportModel model)
    {
        List<Html> tiles = [];
        if (model.Retrieval is [var main, ..])
        {
            if (main.Recall is [var first, ..])
            {
                tiles.Add(Tile($"R@{Figures.Count(first.K)}", Figures.Percent(first.Value), OtherViews(model.Retrieval, first.K)));
            }

            var share = main.QueryCount > 0 ? $" ({Figures.Percent((double)main.ErrorCount / main.QueryCount)})" : "";
            tiles.Add(Tile("Retrieval errors", Figures.Count(main.ErrorCount), $"of {Figures.Count(main.QueryCount, "query", "queries")}{share}"));
        }

        if (model.Mislabels is { } mislabels && HeadlineRecall(mislabels) is { } recall)
        {
            var part = Figures.Percent(recall.Checked, 0);
            tiles.Add(Tile(
                "Mislabelled found",
                Figures.Percent(recall.Found),
                $"of {Figures.Count(mislabels.NoisyCount)}, in the first {part} checked; a random order finds about {part}"));
        }

        if (model.Confusions.Count > 0)
        {
            var groups = model.Confusions.Count(x => x.Kind == ConfusionKind.Group);
            tiles.Add(Tile(
                "Confusions explained",
                Figures.Count(model.Confusions.Count),
                $"{Figures.Count(groups, "group")}, {Figures.Count(model.Confusions.Count - groups, "pair")}"));
        }

        return tiles.Count == 0 ? Html.None : Html.Of($"""
            <dl class="tiles">
            {tiles}</dl>

            """);
    }

    private static string OtherViews(IReadOnlyList<RetrievalTable> tables, int k)
    {
        var others = tables.Skip(1).SelectMany(table => table.Recall.Where(x => x.K == k).Select(x => $"{Figures.Percent(x.Value)} in the {table.View}"));
        return string.Join("; ", others.Prepend(tables[0].View));
    }

    private static Html Tile(string name, string value, string note) => Html.Of($"""
        <div class="tile"><dt>{name}</dt><dd class="value">{value}</dd><dd class="note">{note}</dd></div>

        """);

    private static Html Warnings(IReadOnlyList<string> warnings) => warnings.Count == 0 ? Html.None : Html.Of($"""
        <section class="warnings" aria-labelledby="warnings">
        <h2 id="warnings">{Figures.Count(warnings.Count, "warning")}</h2>
        <ul>
        {warnings.Select(warning => Html.Of($"<li>{warning}</li>\n"))}</ul>
        </section>

        """);
}
