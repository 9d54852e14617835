using System.Numerics;

namespace Dml.Numerics;

/// <summary>Plain float64 vector kernels for the short vectors of embedding space, where a tensor call costs more than the work.</summary>
internal static class Vectors
{
    /// <summary>a . b</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count) sum += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
        var total = Vector.Sum(sum);
        for (; i < a.Length; i++) total += a[i] * b[i];
        return total;
    }

    /// <summary>(a - b) . (a - b) and (a - b) . c, to the bit what <see cref="Dot"/> gives of the difference, which is not stored.</summary>
    public static (double Square, double Product) DifferenceDots(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c)
    {
        var (squares, products) = (Vector<double>.Zero, Vector<double>.Zero);
        var i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var difference = new Vector<double>(a[i..]) - new Vector<double>(b[i..]);
            squares += difference * difference;
            products += difference * new Vector<double>(c[i..]);
        }

        var (square, product) = (Vector.Sum(squares), Vector.Sum(products));
        for (; i < a.Length; i++)
        {
            var difference = a[i] - b[i];
            square += difference * difference;
            product += difference * c[i];
        }

        return (square, product);
    }

    /// <summary>y += scale * x</summary>
    public static void AddScaled(Span<double> y, double scale, ReadOnlySpan<double> x)
    {
        var factor = new Vector<double>(scale);
        var i = 0;
        for (; i <= y.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(y[i..]) + (factor * new Vector<double>(x[i..]))).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++) y[i] += scale * x[i];
    }

    /// <summary>y *= scale</summary>
    public static void Multiply(Span<double> y, double scale)
    {
        var factor = new Vector<double>(scale);
        var i = 0;
        for (; i <= y.Length - Vector<double>.Count; i += Vector<double>.Count) (factor * new Vector<double>(y[i..])).CopyTo(y[i..]);
        for (; i < y.Length; i++) y[i] *= scale;
    }

    /// <summary>y = x</summary>
    public static void Widen(ReadOnlySpan<float> x, Span<double> y)
    {
        var i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(x[i..]), out var lower, out var upper);
            lower.CopyTo(y[i..]);
            upper.CopyTo(y[(i + Vector<double>.Count)..]);
        }

        for (; i < x.Length; i++) y[i] = x[i];
    }

    /// <summary>y = x, rounded to the nearest</summary>
    public static void Narrow(ReadOnlySpan<double> x, Span<float> y)
    {
        var i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Narrow(new Vector<double>(x[i..]), new Vector<double>(x[(i + Vector<double>.Count)..])).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++) y[i] = (float)x[i];
    }
}
