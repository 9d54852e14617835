namespace Dml.Plugins;

/// <summary>How a stroke's three points are joined.</summary>
internal enum StrokeShape
{
    /// <summary>Two straight pieces, A to B to C.</summary>
    Angle,

    /// <summary>A quadratic Bezier curve from A to C with B as its control point.</summary>
    Curve,

    /// <summary>Part of a circle around A, starting at B; C counts for nothing.</summary>
    Arc,
}

/// <summary>One movement of the pen.</summary>
/// <param name="Shape">How the points are joined.</param>
/// <param name="A">First point.</param>
/// <param name="B">Second point.</param>
/// <param name="C">Third point.</param>
/// <param name="Steps">Of an arc: its length in steps of 15 degrees.</param>
internal sealed record Stroke(StrokeShape Shape, Point A, Point B, Point C, int Steps = 0)
{
    private const int Pieces = 16;

    /// <summary>Where the next stroke may start.</summary>
    public Point End => Shape == StrokeShape.Arc ? B : C;

    /// <summary>The stroke as a line through points close to each other.</summary>
    public Point[] Flatten()
    {
        return Shape switch
        {
            StrokeShape.Angle => [.. Line(A, B), .. Line(B, C), C],
            StrokeShape.Curve => [.. Enumerable.Range(0, Pieces + 1).Select(i => Bezier(i / (double)Pieces))],
            _ => Circle(),
        };
    }

    /// <summary>How unlike two strokes are: the mean distance from a point of one to the nearest of the other, the greater of both directions.</summary>
    public double DifferenceFrom(Stroke other)
    {
        Point[] a = Flatten(), b = other.Flatten();
        return Math.Max(a.Average(p => b.Min(p.DistanceTo)), b.Average(p => a.Min(p.DistanceTo)));
    }

    private static IEnumerable<Point> Line(Point from, Point to) =>
        Enumerable.Range(0, Pieces / 2).Select(i => from + i / (Pieces / 2.0) * (to - from));

    private Point Bezier(double t) => (1 - t) * (1 - t) * A + 2 * t * (1 - t) * B + t * t * C;

    private Point[] Circle()
    {
        // Cosine and sine of 15 degrees as literals: a step is then the same on every machine.
        const double Cosine = 0.96592582628906828675, Sine = 0.25881904510252076235;
        var points = new Point[Steps + 1];
        var spoke = B - A;
        for (var i = 0; i <= Steps; i++)
        {
            points[i] = A + spoke;
            spoke = new(Cosine * spoke.X - Sine * spoke.Y, Sine * spoke.X + Cosine * spoke.Y);
        }

        return points;
    }
}
