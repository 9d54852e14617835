namespace Dml.Plugins;

/// <summary>A square white image that black lines are drawn on, with smooth edges.</summary>
/// <param name="size">Width and height in pixels.</param>
internal sealed class GlyphCanvas(int size)
{
    private readonly double[] _ink = new double[size * size];

    /// <summary>Draws a straight line with round ends; where lines overlap, the darker counts.</summary>
    /// <param name="from">One end, in pixels.</param>
    /// <param name="to">The other end.</param>
    /// <param name="width">Width in pixels.</param>
    public void Line(Point from, Point to, double width)
    {
        var reach = width / 2 + 0.5;
        var along = to - from;
        var square = along.X * along.X + along.Y * along.Y;
        for (var y = First(Math.Min(from.Y, to.Y) - reach); y <= Last(Math.Max(from.Y, to.Y) + reach); y++)
        {
            for (var x = First(Math.Min(from.X, to.X) - reach); x <= Last(Math.Max(from.X, to.X) + reach); x++)
            {
                Point pixel = new(x + 0.5, y + 0.5);
                var offset = pixel - from;
                var share = square > 0 ? Math.Clamp((offset.X * along.X + offset.Y * along.Y) / square, 0, 1) : 0;
                var cover = Math.Clamp(reach - pixel.DistanceTo(from + share * along), 0, 1);
                _ink[y * size + x] = Math.Max(_ink[y * size + x], cover);
            }
        }
    }

    /// <summary>The gray values, row by row, 0 black and 255 white.</summary>
    /// <param name="noise">Added to every pixel; 1 is the way from black to white.</param>
    public byte[] ToGray(Func<double> noise) =>
        Array.ConvertAll(_ink, ink => (byte)Math.Clamp(255 * (1 - ink + noise()) + 0.5, 0, 255));

    private int First(double pixel) => (int)Math.Clamp(pixel, 0, size);

    private int Last(double pixel) => (int)Math.Clamp(pixel, -1, size - 1);
}
