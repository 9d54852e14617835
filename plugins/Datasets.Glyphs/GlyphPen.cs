namespace Dml.Plugins;

/// <summary>Draws one sample of a class: the class's strokes as another hand would draw them.</summary>
internal static class GlyphPen
{
    /// <summary>Share of the image that an undistorted glyph takes.</summary>
    private const double Extent = 0.56;

    /// <summary>The image, row by row, 0 black and 255 white.</summary>
    /// <param name="strokes">The class.</param>
    /// <param name="random">The sample's own numbers.</param>
    /// <param name="settings">Size, jitter and noise.</param>
    public static byte[] Draw(IReadOnlyList<Stroke> strokes, GlyphRandom random, GlyphManifest settings)
    {
        var jitter = settings.Jitter;
        var place = Placement(random, jitter, settings.Size);
        var width = Math.Max(1, settings.Size * 0.045 * (1 + 0.5 * jitter * random.Normal()));
        var canvas = new GlyphCanvas(settings.Size);
        foreach (var stroke in strokes)
        {
            var points = Shaken(stroke, random, jitter).Flatten();
            for (var i = 1; i < points.Length; i++) canvas.Line(place(points[i - 1]), place(points[i]), width);
        }

        return canvas.ToGray(() => settings.Noise * random.Normal());
    }

    /// <summary>Moves the stroke as a whole and each of its points on its own.</summary>
    private static Stroke Shaken(Stroke stroke, GlyphRandom random, double jitter)
    {
        var moved = Random(random, 0.05 * jitter);
        return stroke with
        {
            A = stroke.A + moved + Random(random, 0.05 * jitter),
            B = stroke.B + moved + Random(random, 0.05 * jitter),
            C = stroke.C + moved + Random(random, 0.05 * jitter),
        };
    }

    private static Point Random(GlyphRandom random, double deviation)
    {
        var x = deviation * random.Normal();
        return new(x, deviation * random.Normal());
    }

    /// <summary>Rotates, shears, scales and shifts the unit square into the image.</summary>
    private static Func<Point, Point> Placement(GlyphRandom random, double jitter, int size)
    {
        // Cosine and sine from the tangent of half the angle, without the platform's own functions.
        var half = 0.2 * jitter * random.Normal();
        var (cosine, sine) = ((1 - half * half) / (1 + half * half), 2 * half / (1 + half * half));
        var shear = 0.3 * jitter * random.Normal();
        var scaleX = Extent * size * Math.Clamp(1 + 0.3 * jitter * random.Normal(), 0.6, 1.4);
        var scaleY = Extent * size * Math.Clamp(1 + 0.3 * jitter * random.Normal(), 0.6, 1.4);
        Point middle = new(0.5, 0.5);
        var shift = size * (middle + Random(random, 0.1 * jitter));
        return point =>
        {
            var (x, y) = point - middle;
            x = scaleX * (x + shear * y);
            y = scaleY * y;
            return shift + new Point(cosine * x - sine * y, sine * x + cosine * y);
        };
    }
}
