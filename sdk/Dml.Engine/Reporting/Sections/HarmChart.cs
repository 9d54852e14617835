namespace Dml.Engine.Reporting;

/// <summary>The histogram of harm over all training samples.</summary>
internal static class HarmChart
{
    private static readonly string[] Groups = ["◂ helpful (−)", "around 0", "harmful (+) ▸"];

    public static Html Render(HarmHistogram histogram)
    {
        var (edges, counts) = (histogram.Edges, histogram.Counts);
        if (edges.Count != counts.Count + 1)
        {
            throw new ArgumentException($"A histogram needs one edge more than bins, but has {edges.Count} edges and {counts.Count} bins.", nameof(histogram));
        }

        if (counts.Count == 0)
        {
            return Html.None;
        }

        var helpful = Enumerable.Range(0, counts.Count).Where(i => Group(edges[i], edges[i + 1]) == 0).Sum(i => counts[i]);
        var harmful = Enumerable.Range(0, counts.Count).Where(i => Group(edges[i], edges[i + 1]) == 2).Sum(i => counts[i]);
        var around = counts.Sum() - helpful - harmful;
        var middle = around > 0 ? $", {Figures.Count(around)} in the bin around 0" : "";
        var summary = $"{Figures.Count(helpful, "training sample")} in bins below 0 (helpful), {Figures.Count(harmful)} above 0 (harmful){middle}.";
        var x = ChartAxis.Tight("harm", edges[0], edges[^1], intervals: 6);
        var y = ChartAxis.Counts("training samples (logarithmic scale)", counts.Max());
        var bars = counts.Select((count, i) => new ChartBar(
            edges[i],
            edges[i + 1],
            ChartAxis.CountPosition(count),
            Group(edges[i], edges[i + 1]),
            $"{Figures.Signed(edges[i])} to {Figures.Signed(edges[i + 1])}: {Figures.Count(count, "sample")}"));
        return Html.Of($"""
            <figure class="histogram">
            {new SvgChart("Harm of all training samples", summary, x, y).Add(Groups, bars).Render()}<figcaption class="hint">{summary}</figcaption>
            </figure>

            """);
    }

    private static int Group(double from, double to) => from >= 0 ? 2 : to <= 0 ? 0 : 1;
}
