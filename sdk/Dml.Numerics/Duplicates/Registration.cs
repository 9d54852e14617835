namespace Dml.Numerics;

/// <summary>How well two images agree once one is laid on the other.</summary>
/// <param name="Correlation">Normalised cross-correlation over where they overlap, -1 to 1; 0 where one has no variance.</param>
/// <param name="Warp">Where the points of the second image lie in the first.</param>
internal readonly record struct Alignment(double Correlation, AxisWarp Warp);

/// <summary>
/// Lays one image on another by scale and shift along each axis so that their normalised cross-correlation is largest nearby: Gauss-Newton
/// steps on <c>sum (b(u) - g a(W(u)) - o)^2</c> in the warp's four numbers, the gain g and the offset o (Lucas and Kanade, IJCAI 1981).
/// The best correlation met on the way counts, of warps by which one image is a window of the other. Not to be shared between threads.
/// </summary>
internal sealed class Registration
{
    private const int Unknowns = 6;

    /// <summary>Scales beyond 1 / 1.3 to 1.3 and overlaps below 70 % are no copy of an image any more.</summary>
    private const double LeastScale = 1 / 1.3;
    private const double MostScale = 1.3;
    private const double LeastOverlap = 0.7;

    /// <summary>About a pixel: what lies beyond an edge by less counts as within.</summary>
    private const double WindowSlack = 0.02;

    private readonly double[] _normal = new double[Unknowns * Unknowns];
    private readonly double[] _right = new double[Unknowns];
    private readonly double[] _step = new double[Unknowns];
    private float[] _upper = [];
    private float[] _slope = [];

    /// <summary>Refines a warp.</summary>
    /// <param name="first">a.</param>
    /// <param name="second">b, of the same side.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="steps">Most steps.</param>
    public Alignment Refine(ImagePlane first, ImagePlane second, AxisWarp start, int steps)
    {
        if (_upper.Length < first.Side) (_upper, _slope) = (new float[first.Side], new float[first.Side]);
        var (warp, best) = (start, new Alignment(double.NegativeInfinity, start));
        for (var step = 0; ; step++)
        {
            if (!IsAllowed(warp)) break;
            var correlation = Accumulate(first, second, warp);
            if (correlation > best.Correlation && warp.IsWindow(WindowSlack)) best = new(correlation, warp);
            if (step == steps || !SolveStep()) break;
            var gain = _step[0];
            if (!(gain > 0)) break;
            warp = new(
                warp.ScaleX + (_step[3] / gain), warp.ScaleY + (_step[5] / gain), warp.ShiftX + (_step[2] / gain), warp.ShiftY + (_step[4] / gain));
        }

        return double.IsNegativeInfinity(best.Correlation) ? new(0, start) : best;
    }

    /// <summary>Normalised cross-correlation at a warp.</summary>
    public double Correlation(ImagePlane first, ImagePlane second, AxisWarp warp) => Refine(first, second, warp, 0).Correlation;

    private static bool IsAllowed(AxisWarp warp) =>
        warp.ScaleX is > LeastScale and < MostScale && warp.ScaleY is > LeastScale and < MostScale
        && Overlap(warp.ScaleX, warp.ShiftX) * Overlap(warp.ScaleY, warp.ShiftY) >= LeastOverlap;

    /// <summary>Share of an axis of the second image that lies within the first.</summary>
    private static double Overlap(double scale, double shift) => Math.Max(0, Math.Min(1, (1 - shift) / scale) - Math.Max(0, -shift / scale));

    /// <summary>The normal equations of a step at a warp, and the correlation there.</summary>
    private double Accumulate(ImagePlane first, ImagePlane second, AxisWarp warp)
    {
        Array.Clear(_normal);
        Array.Clear(_right);
        var n = first.Side;
        var (left, right) = Inside(warp.ScaleX, warp.ShiftX, n);
        var (top, bottom) = Inside(warp.ScaleY, warp.ShiftY, n);
        var squares = 0.0;
        for (var y = top; y < bottom; y++) squares += AddRow(first, second, warp, y, left, right);
        var count = _normal[(1 * Unknowns) + 1];
        if (count < 2) return 0;
        var (sumA, sumB) = (_normal[1], _right[1]);
        var (varA, varB) = (_normal[0] - (sumA * sumA / count), squares - (sumB * sumB / count));
        return varA > 1e-6 * count && varB > 1e-6 * count ? (_right[0] - (sumA * sumB / count)) / Math.Sqrt(varA * varB) : 0;
    }

    /// <summary>Pixels of the second image whose place in the first lies between its pixel centres.</summary>
    private static (int From, int To) Inside(double scale, double shift, int n)
    {
        // Place of pixel i: scale i + offset.
        var offset = (((scale * 0.5) + (shift * n)) - 0.5);
        var from = (int)Math.Ceiling(Math.Max(0, -offset / scale));
        var to = (int)Math.Floor(Math.Min(n - 1, (n - 1 - offset) / scale));
        return (from, to + 1);
    }

    /// <summary>Adds a row of the second image to the normal equations.</summary>
    /// <returns>Sum of the squares of its pixels.</returns>
    private double AddRow(ImagePlane first, ImagePlane second, AxisWarp warp, int y, int left, int right)
    {
        var n = first.Side;
        var placeY = (warp.ScaleY * (y + 0.5)) + (warp.ShiftY * n) - 0.5;
        var rowY = Math.Min((int)placeY, n - 2);
        Blend(first.Row(rowY), first.Row(rowY + 1), (float)(placeY - rowY));
        var offset = (warp.ScaleX * 0.5) + (warp.ShiftX * n) - 0.5;
        var b = second.Row(y);
        var squares = 0.0;
        var sums = new RowSums();
        for (var x = left; x < right; x++)
        {
            var placeX = (warp.ScaleX * x) + offset;
            var column = Math.Min((int)placeX, n - 2);
            var part = (float)(placeX - column);
            var step = _upper[column + 1] - _upper[column];
            double target = b[x];
            squares += target * target;
            sums.Add(
                target, _upper[column] + (part * step), step * n, (_slope[column] + (part * (_slope[column + 1] - _slope[column]))) * n, (x + 0.5) / n);
        }

        sums.AddTo(_normal, _right, right - left, (y + 0.5) / n);
        return squares;
    }

    /// <summary>The first image between two of its rows, and its slope there.</summary>
    private void Blend(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, float part)
    {
        for (var x = 0; x < upper.Length; x++)
        {
            var slope = lower[x] - upper[x];
            _slope[x] = slope;
            _upper[x] = upper[x] + (part * slope);
        }
    }

    /// <summary>Solves the normal equations by Cholesky's decomposition, with a ridge that only keeps a flat image from a division by zero.</summary>
    private bool SolveStep()
    {
        Span<double> lower = stackalloc double[Unknowns * Unknowns];
        for (var i = 0; i < Unknowns; i++) _normal[(i * Unknowns) + i] = (_normal[(i * Unknowns) + i] * (1 + 1e-6)) + 1e-9;
        for (var i = 0; i < Unknowns; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = _normal[(i * Unknowns) + j];
                for (var k = 0; k < j; k++) sum -= lower[(i * Unknowns) + k] * lower[(j * Unknowns) + k];
                if (i == j && !(sum > 0)) return false;
                lower[(i * Unknowns) + j] = i == j ? Math.Sqrt(sum) : sum / lower[(j * Unknowns) + j];
            }
        }

        for (var i = 0; i < Unknowns; i++)
        {
            _step[i] = _right[i];
            for (var k = 0; k < i; k++) _step[i] -= lower[(i * Unknowns) + k] * _step[k];
            _step[i] /= lower[(i * Unknowns) + i];
        }

        for (var i = Unknowns - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < Unknowns; k++) _step[i] -= lower[(k * Unknowns) + i] * _step[k];
            _step[i] /= lower[(i * Unknowns) + i];
        }

        return true;
    }

    /// <summary>Sums over a row of products of the five columns of the equations that differ along it: a, 1, a_x, u a_x, a_y.</summary>
    private ref struct RowSums
    {
        private double _aa, _a, _ax, _axu, _ay, _x, _xu, _xx, _xxu, _xxuu, _xy, _xyu, _y, _yy, _ba, _b, _bx, _bxu, _by;

        public void Add(double b, double a, double x, double y, double u)
        {
            var xu = x * u;
            _aa += a * a;
            _a += a;
            _ax += a * x;
            _axu += a * xu;
            _ay += a * y;
            _x += x;
            _xu += xu;
            _xx += x * x;
            _xxu += x * xu;
            _xxuu += xu * xu;
            _xy += x * y;
            _xyu += xu * y;
            _y += y;
            _yy += y * y;
            _ba += b * a;
            _b += b;
            _bx += b * x;
            _bxu += b * xu;
            _by += b * y;
        }

        /// <summary>The unknowns: gain, offset, gain shiftX, gain scaleX, gain shiftY, gain scaleY; the last column is the fifth times v.</summary>
        public readonly void AddTo(double[] normal, double[] right, int count, double v)
        {
            ReadOnlySpan<double> rows =
            [
                _aa, _a, _ax, _axu, _ay, _ay * v,
                _a, count, _x, _xu, _y, _y * v,
                _ax, _x, _xx, _xxu, _xy, _xy * v,
                _axu, _xu, _xxu, _xxuu, _xyu, _xyu * v,
                _ay, _y, _xy, _xyu, _yy, _yy * v,
                _ay * v, _y * v, _xy * v, _xyu * v, _yy * v, _yy * v * v,
            ];
            ReadOnlySpan<double> sides = [_ba, _b, _bx, _bxu, _by, _by * v];
            for (var i = 0; i < rows.Length; i++) normal[i] += rows[i];
            for (var i = 0; i < sides.Length; i++) right[i] += sides[i];
        }
    }
}
