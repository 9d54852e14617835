namespace Dml.Engine.Reporting;

/// <summary>
/// A small chart as inline SVG: lines or a histogram over two axes. It is styled by the report's style sheet (classes alone, so that it
/// follows the colour scheme), scales with its column, and says in words what it shows to a reader who cannot see it.
/// </summary>
/// <param name="title">Written above the chart.</param>
/// <param name="summary">What the chart shows, in words, for those who cannot see it.</param>
/// <param name="x">The horizontal axis.</param>
/// <param name="y">The vertical axis.</param>
internal sealed class SvgChart(string title, string summary, ChartAxis x, ChartAxis y)
{
    // In the units of the view box. At a phone's width a unit is about 0.8 pixels, so the text stays readable there.
    private const double Width = 400;
    private const double Height = 262;
    private const double Right = Width - 14;
    private const double Bottom = Height - 46;
    private const double CharacterWidth = 6.3;
    private const int MostPoints = 400;
    private const int MostMarkers = 60;
    private const int PaletteSize = 10;
    private const double LegendRow = 16;

    private readonly List<ChartSeries> _series = [];
    private readonly List<ChartBar> _bars = [];
    private IReadOnlyList<string> _groups = [];

    private double Left => 12 + (y.Ticks.Select(tick => tick.Text.Length).DefaultIfEmpty(1).Max() * CharacterWidth);

    private bool HasLegend => _series.Count > 1 || _groups.Count > 1;

    private double Top => HasLegend ? 74 + ((LegendPlaces()[^1].Row) * LegendRow) : 52;

    private IEnumerable<string> LegendNames => _series.Select(series => series.Name).Concat(_groups);

    /// <summary>Adds a line.</summary>
    public SvgChart Add(ChartSeries series)
    {
        _series.Add(series);
        return this;
    }

    /// <summary>Adds bars that stand on the horizontal axis.</summary>
    /// <param name="groups">Names of the groups for the legend.</param>
    /// <param name="bars">The bars from left to right.</param>
    public SvgChart Add(IReadOnlyList<string> groups, IEnumerable<ChartBar> bars)
    {
        _groups = groups;
        _bars.AddRange(bars);
        return this;
    }

    /// <summary>The chart's markup; the same chart always gives the same text.</summary>
    public Html Render() => Html.Of($"""
        <svg class="chart" viewBox="0 0 {N(Width)} {N(Height)}" role="img" aria-label="{title}. {summary}">
        <text class="chart-title" x="0" y="15">{title}</text>
        {Legend()}{Axes()}{_bars.Select(Bar)}{_series.Select(Line)}</svg>

        """);

    private static string N(double value) => Figures.Plain(value);

    private double X(double value) => Left + (x.Share(value) * (Right - Left));

    private double Y(double value) => Bottom - (y.Share(value) * (Bottom - Top));

    private Html Axes()
    {
        var rows = y.Ticks.Select(tick => Html.Of($"""
            <line class="grid" x1="{N(Left)}" y1="{N(Y(tick.Value))}" x2="{N(Right)}" y2="{N(Y(tick.Value))}"/>
            <text class="tick" x="{N(Left - 8)}" y="{N(Y(tick.Value) + 4)}" text-anchor="end">{tick.Text}</text>

            """));
        var columns = x.Ticks.Select(tick => Html.Of($"""
            <line class="axis" x1="{N(X(tick.Value))}" y1="{N(Bottom)}" x2="{N(X(tick.Value))}" y2="{N(Bottom + 5)}"/>
            <text class="tick" x="{N(X(tick.Value))}" y="{N(Bottom + 19)}" text-anchor="{Anchor(X(tick.Value), tick.Text)}">{tick.Text}</text>

            """));
        return Html.Of($"""
            {rows}<line class="axis" x1="{N(Left)}" y1="{N(Bottom)}" x2="{N(Right)}" y2="{N(Bottom)}"/>
            {columns}<text class="axis-label" x="0" y="{N(Top - 14)}">{y.Label}</text>
            <text class="axis-label" x="{N((Left + Right) / 2)}" y="{N(Height - 6)}" text-anchor="middle">{x.Label}</text>

            """);
    }

    // A text in the middle of the last tick would be cut off at the edge of the chart.
    private static string Anchor(double at, string text) => at + (text.Length * CharacterWidth / 2) > Width ? "end" : "middle";

    private Html Legend()
    {
        if (!HasLegend)
        {
            return Html.None;
        }

        var entries = new List<Html>();
        foreach (var ((name, index), (at, row)) in LegendNames.Select((name, index) => (name, index)).Zip(LegendPlaces()))
        {
            var down = row * LegendRow;
            var key = index < _series.Count
                ? Html.Of($"""<line class="line {LineClass(_series[index])}" x1="{N(at)}" y1="{N(34 + down)}" x2="{N(at + 22)}" y2="{N(34 + down)}"/>""")
                : Html.Of($"""<rect class="bar g{index - _series.Count}" x="{N(at + 6)}" y="{N(29 + down)}" width="12" height="10"/>""");
            entries.Add(Html.Of($"""
                {key}<text class="legend" x="{N(at + 28)}" y="{N(38 + down)}">{name}</text>

                """));
        }

        return Html.Of($"{entries}");
    }

    /// <summary>Where the entries of the legend stand; one that would leave the chart begins a new row.</summary>
    private List<(double At, int Row)> LegendPlaces()
    {
        List<(double, int)> places = [];
        var (at, row) = (0.0, 0);
        foreach (var name in LegendNames)
        {
            if (at > 0 && at + 28 + (name.Length * CharacterWidth) > Width) (at, row) = (0, row + 1);
            places.Add((at, row));
            at += 44 + (name.Length * CharacterWidth);
        }

        return places;
    }

    private Html Bar(ChartBar bar)
    {
        var (left, right, top) = (X(bar.From), X(bar.To), Y(bar.Height));
        if (top >= Bottom)
        {
            return Html.None;
        }

        var gap = right - left > 4 ? 0.5 : 0;
        var width = Math.Max(0.5, right - left - (2 * gap));
        return Html.Of($"""
            <rect class="bar g{bar.Group}" x="{N(left + gap)}" y="{N(top)}" width="{N(width)}" height="{N(Bottom - top)}"><title>{bar.Hint}</title></rect>

            """);
    }

    private Html Line(ChartSeries series)
    {
        var runs = Runs(Thin(series.Points)).ToList();
        var lines = runs.Where(run => run.Count > 1).Select(run => Html.Of($"""
            <polyline class="line {LineClass(series)}" points="{string.Join(' ', run.Select(p => $"{N(X(p.X))},{N(Y(p.Y))}"))}"/>

            """));

        // A lone point has no line; it shows as a mark only.
        var marked = runs.Where(run => run.Count == 1 || (series.Style == LineStyle.Main && series.Points.Count <= MostMarkers)).SelectMany(run => run);
        var marks = marked.Select(p => Html.Of($"""
            <circle class="mark {LineClass(series)}" cx="{N(X(p.X))}" cy="{N(Y(p.Y))}" r="2.5"><title>{Hint(p)}</title></circle>

            """));
        return Html.Of($"{lines}{marks}");
    }

    private string Hint(CurvePoint point) => $"{x.Label} {x.Format(point.X)}: {y.Format(point.Y)}";

    private static string LineClass(ChartSeries series) => series switch
    {
        { Colour: { } colour } => $"p{colour % PaletteSize}",
        { Style: LineStyle.Main } => "main",
        { Style: LineStyle.Dashed } => "dashed",
        _ => "dotted",
    };

    // More points than pixels make the file larger, not the chart better.
    private static IReadOnlyList<CurvePoint> Thin(IReadOnlyList<CurvePoint> points) => points.Count <= MostPoints
        ? points
        : [.. Enumerable.Range(0, MostPoints).Select(i => points[(int)((long)i * (points.Count - 1) / (MostPoints - 1))])];

    private static IEnumerable<List<CurvePoint>> Runs(IReadOnlyList<CurvePoint> points)
    {
        List<CurvePoint> run = [];
        foreach (var point in points)
        {
            if (double.IsFinite(point.X) && double.IsFinite(point.Y))
            {
                run.Add(point);
            }
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }
}
