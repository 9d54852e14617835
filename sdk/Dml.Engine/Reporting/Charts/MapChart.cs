namespace Dml.Engine.Reporting;

/// <summary>An embedding map as inline SVG: one dot an item, coloured by class; the wrong ones are ringed.</summary>
internal static class MapChart
{
    private const double Width = 640;
    private const double Height = 420;
    private const double LegendWidth = 170;
    private const double Margin = 12;
    private const double Top = 28;
    private const double Bottom = 26;
    private const int LongestName = 24;

    public static Html Render(EmbeddingMap map)
    {
        var (left, right) = (map.Points.Min(p => p.X), map.Points.Max(p => p.X));
        var (low, high) = (map.Points.Min(p => p.Y), map.Points.Max(p => p.Y));

        // One scale for both axes: distances in the plane are distances.
        var scale = Math.Min(
            (Width - LegendWidth - (2 * Margin)) / Math.Max(right - left, 1e-12), (Height - Top - Bottom - (2 * Margin)) / Math.Max(high - low, 1e-12));
        var summary = $"{Figures.Count(map.Points.Count(p => p.Class is not null))} items of {Figures.Count(map.Classes.Count, "class", "classes")}, "
            + $"{Figures.Count(map.Points.Count(p => p is { Class: not null, Wrong: true }))} of them wrong";
        return Html.Of($"""
            <svg class="map" viewBox="0 0 {N(Width)} {N(Height)}" role="img" aria-label="Map of test embeddings: {summary}.">
            <text class="chart-title" x="0" y="15">Where the worst classes and those that they are taken for lie</text>
            {map.Points.Select(Point)}{map.Classes.Select(Legend)}
            <text class="axis-label" x="0" y="{N(Height - 6)}">→ {Figures.Percent(map.HorizontalShare)} of the variance, ↑ {Figures.Percent(map.VerticalShare)}; grey: other classes; ringed: wrong</text>
            </svg>

            """);

        Html Point(MapPoint point)
        {
            var (x, y) = (N(Margin + ((point.X - left) * scale)), N(Top + Margin + ((high - point.Y) * scale)));
            if (point.Class is not { } index)
            {
                return Html.Of($"""
                    <circle cx="{x}" cy="{y}" r="1.5"/>

                    """);
            }

            return Html.Of($"""
                <circle class="{Colour(index)}{(point.Wrong ? " wrong" : "")}" cx="{x}" cy="{y}" r="{(point.Wrong ? "4.5" : "3")}"><title>{map.Classes[index]}, {point.Id}{(point.Wrong ? ": wrong" : "")}</title></circle>

                """);
        }

        Html Legend(string name, int index) => Html.Of($"""
            <circle class="{Colour(index)}" cx="{N(Width - LegendWidth + 8)}" cy="{N(Top + 16 + (index * 20))}" r="4"/><text x="{N(Width - LegendWidth + 18)}" y="{N(Top + 20 + (index * 20))}">{Short(name)}</text>

            """);
    }

    private static string Colour(int index) => $"m{index}";

    private static string N(double value) => Figures.Plain(value);

    private static string Short(string name) => Figures.Tail(name, LongestName);
}
