namespace Dml.Engine.Reporting;

/// <summary>Horizontal bars as inline SVG, each with its figure and, where there is one, its interval.</summary>
internal static class BarFigure
{
    private const double Plot = 300;
    private const double Step = 26;
    private const double Thickness = 14;
    private const double Top = 32;
    private const double CharacterWidth = 6.3;
    private const double LabelWidth = 90;
    private const double LeastDecade = 1e-9;

    public static Html Render(ResultFigure figure)
    {
        var (low, high) = Range(figure);
        var left = 12 + (figure.Bars.Max(b => b.Name.Length) * CharacterWidth);
        var width = left + Plot + LabelWidth;
        var bottom = Top + (figure.Bars.Count * Step);
        var zero = X(figure.Logarithmic ? low : 0);
        return Html.Of($"""
            <svg class="bars" style="max-width:{N(width * 1.3)}px" viewBox="0 0 {N(width)} {N(bottom + 30)}" role="img" aria-label="{figure.Title}. {string.Join("; ", figure.Bars.Select(b => $"{b.Name}: {Text(b.Value)}"))}.">
            <text class="chart-title" x="0" y="15">{figure.Title}</text>
            {figure.Bars.Select(Bar)}<line class="axis" x1="{N(zero)}" y1="{N(Top)}" x2="{N(zero)}" y2="{N(bottom)}"/>
            <text class="axis-label" x="0" y="{N(bottom + 20)}">{figure.X}{(figure.Logarithmic ? ", logarithmic scale" : "")}</text>
            </svg>

            """);

        double X(double value) =>
            left + ((figure.Logarithmic ? Math.Log10(Math.Max(value, low) / low) / Math.Log10(high / low) : (value - low) / (high - low)) * Plot);

        Html Bar(FigureBar bar, int row)
        {
            var y = Top + (row * Step) + ((Step - Thickness) / 2);
            var (from, to) = (Math.Min(zero, X(bar.Value)), Math.Max(zero, X(bar.Value)));
            var end = Math.Max(to, bar.High is { } h ? X(h) : to);
            return Html.Of($"""
                <text x="{N(left - 8)}" y="{N(y + 11)}" text-anchor="end">{bar.Name}</text>
                <rect class="bar" x="{N(from)}" y="{N(y)}" width="{N(Math.Max(0.5, to - from))}" height="{N(Thickness)}"/>{Interval(bar, y + (Thickness / 2))}
                <text class="figure" x="{N(end + 6)}" y="{N(y + 11)}">{Text(bar.Value)}</text>

                """);
        }

        Html Interval(FigureBar bar, double y) => bar is { Low: { } from, High: { } to }
            ? Html.Of($"""<line class="interval" x1="{N(X(from))}" y1="{N(y)}" x2="{N(X(to))}" y2="{N(y)}"><title>{Text(from)} to {Text(to)}</title></line>""")
            : Html.None;

        string Text(double value) => figure.Shares ? Figures.Percent(value) : Figures.Short(value);
    }

    /// <summary>What the plot spans: 0 is in it, or the decade below the least value where the scale is logarithmic.</summary>
    private static (double Low, double High) Range(ResultFigure figure)
    {
        double[] values = [.. figure.Bars.SelectMany(b => new[] { b.Value, b.Low ?? b.Value, b.High ?? b.Value })];
        if (figure.Logarithmic)
        {
            var least = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(values.Min(), LeastDecade))) - 1);
            return (least, Math.Max(values.Max(), least * 10));
        }

        var (low, high) = (Math.Min(0, values.Min()), Math.Max(0, values.Max()));
        return high > low ? (low, high) : (0, 1);
    }

    private static string N(double value) => Figures.Plain(value);
}
