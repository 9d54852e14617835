namespace Dml.Engine.Reporting;

/// <summary>Strips of images as inline SVG that holds the images: the first strip at the left, the others in two rows beside it.</summary>
internal static class PictureFigure
{
    private const double Side = 64;
    private const double Step = 76;
    private const double StripHeight = 128;
    private const double Top = 28;
    private const double Gap = 26;
    private const int Rows = 2;
    private const int LongestLabel = 12;

    public static Html Render(ResultFigure figure)
    {
        var thumbnails = new Thumbnails("/");
        var places = Places(figure.Strips);
        var width = places.Max(p => p.X + (Math.Max(1, p.Strip.Images.Count) * Step));
        var height = Top + (Rows * StripHeight);
        var all = string.Join("; ", figure.Strips.Select(s => $"{s.Title}: {string.Join(", ", s.Images.Select(i => $"{i.Label} {i.Note}"))}"));
        return Html.Of($"""
            <svg class="picture" style="max-width:{N(width * 1.2)}px" viewBox="0 0 {N(width)} {N(height)}" role="img" aria-label="{figure.Title}. {all}.">
            <text class="chart-title" x="0" y="15">{figure.Title}</text>
            {places.Select(p => Strip(p.Strip, p.X, p.Y))}</svg>

            """);

        Html Strip(PictureStrip strip, double x, double y) => Html.Of($"""
            <text class="strip" x="{N(x)}" y="{N(y + 14)}">{strip.Title}</text>
            {(strip.Images.Count == 0 ? Html.Of($"""<text x="{N(x)}" y="{N(y + 40)}">none</text>""") : Html.None)}{strip.Images.Select((image, i) => Image(image, x + (i * Step), y + 22))}
            """);

        Html Image(PictureImage image, double x, double y) => Html.Of($"""
            {Pixels(thumbnails, image, x, y)}<rect class="{(image.Truth is null ? "frame" : "frame wrong")}" x="{N(x)}" y="{N(y)}" width="{N(Side)}" height="{N(Side)}"><title>{image.Label}{(image.Truth is { } truth ? $", truly {truth}" : "")}, {Path.GetFileName(image.File)}</title></rect>
            <text x="{N(x)}" y="{N(y + Side + 13)}">{Short(image.Label)}</text><text class="note" x="{N(x)}" y="{N(y + Side + 26)}">{image.Note}</text>

            """);
    }

    /// <summary>The first strip stands before all; the others fill columns of two.</summary>
    private static List<(PictureStrip Strip, double X, double Y)> Places(IReadOnlyList<PictureStrip> strips)
    {
        List<(PictureStrip, double, double)> places = [(strips[0], 0, Top)];
        var x = (strips[0].Images.Count * Step) + Gap;
        foreach (var column in strips.Skip(1).Chunk(Rows))
        {
            foreach (var (row, strip) in column.Index()) places.Add((strip, x, Top + (row * StripHeight)));
            x += (Math.Max(1, column.Max(s => s.Images.Count)) * Step) + Gap;
        }

        return places;
    }

    private static Html Pixels(Thumbnails thumbnails, PictureImage image, double x, double y) => thumbnails.Add(image.File) is { } key
        ? Html.Of($"""<image x="{N(x)}" y="{N(y)}" width="{N(Side)}" height="{N(Side)}" href="{ImageSheet.DataUri(key, thumbnails.Images[key].Span)}"/>""")
        : Html.None;

    private static string N(double value) => Figures.Plain(value);

    private static string Short(string name) => Figures.Tail(name, LongestLabel);
}
