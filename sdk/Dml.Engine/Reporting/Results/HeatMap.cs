namespace Dml.Engine.Reporting;

/// <summary>A heat map as inline SVG: the darker a cell, the larger its value; each tells its figure when it is pointed at.</summary>
internal static class HeatMap
{
    private const double Cell = 15;
    private const double CharacterWidth = 6.3;
    private const int LongestLabel = 24;

    public static Html Render(ResultFigure figure)
    {
        var left = 10 + (figure.Rows.Max(r => Short(r).Length) * CharacterWidth);
        var top = 34.0;
        var bottom = top + (figure.Rows.Count * Cell);
        var height = bottom + 30 + (figure.Columns.Max(c => Short(c).Length) * CharacterWidth);
        var most = Math.Max(1e-300, figure.Values.SelectMany(v => v).DefaultIfEmpty(0).Max());
        var note = $"{figure.X}; colour: {figure.Y}, 0 to {Figures.Short(most)}";
        var width = Math.Max(left + (figure.Columns.Count * Cell), note.Length * CharacterWidth) + 20;
        return Html.Of($"""
            <svg class="heat" style="max-width:{N(width * 1.25)}px" viewBox="0 0 {N(width)} {N(height)}" role="img" aria-label="{figure.Title}. Largest value {Figures.Short(most)}.">
            <text class="chart-title" x="0" y="15">{figure.Title}</text>
            {figure.Rows.Select(Row)}{figure.Columns.Select(Column)}
            <text class="axis-label" x="0" y="{N(height - 6)}">{note}</text>
            </svg>

            """);

        Html Row(string name, int row) => Html.Of($"""
            <text x="{N(left - 6)}" y="{N(top + (row * Cell) + 11)}" text-anchor="end">{Short(name)}</text>
            {figure.Values[row].Select((value, column) => Html.Of($"""
            <rect class="cell" x="{N(left + (column * Cell))}" y="{N(top + (row * Cell))}" width="{N(Cell - 1)}" height="{N(Cell - 1)}" fill-opacity="{N(0.04 + (0.96 * value / most))}"><title>{name}, {figure.Columns[column]}: {Figures.Short(value)}</title></rect>

            """))}
            """);

        Html Column(string name, int column) => Html.Of($"""
            <text x="0" y="0" text-anchor="end" transform="translate({N(left + (column * Cell) + 10)} {N(bottom + 6)}) rotate(-90)">{Short(name)}</text>

            """);
    }

    private static string N(double value) => Figures.Plain(value);

    private static string Short(string name) => Figures.Tail(name, LongestLabel);
}
