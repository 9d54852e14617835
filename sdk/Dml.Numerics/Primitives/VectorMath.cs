using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dml.Numerics;

/// <summary>Elementary functions that .NET lacks.</summary>
public static class VectorMath
{
    private const float Log2E = 1.44269504f;

    // Below ln(2) / 2, so that x / ln 2 rounds to 0.
    private const float OfNoPower = 0.34f;

    // ln 2 in two parts, the first with zeros at its end, so that n ln 2 is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>
    /// e^x - 1 in float32 with a relative error below 2e-7 for x in [-87, 80], however small x; beyond that range the value at its end,
    /// and NaN for NaN. With x = n ln 2 + r it is <c>2^n expm1(r) + (2^n - 1)</c>, and expm1(r) is a polynomial.
    /// </summary>
    /// <param name="x">Eight exponents.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Expm1(Vector256<float> x) =>
        // Where every n is 0 the rest of the steps changes no bit, and small exponents are what most callers have.
        Vector256.LessThanAll(Vector256.Abs(x), Vector256.Create(OfNoPower)) ? SmallExpm1(x) : AnyExpm1(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AnyExpm1(Vector256<float> x)
    {
        var bounded = Vector256.Min(Vector256.Max(x, Vector256.Create(-87f)), Vector256.Create(80f));
        var n = Vector256.Round(bounded * Log2E);
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), bounded);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        var small = SmallExpm1(r);
        var power = Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23).AsSingle();
        return Vector256.FusedMultiplyAdd(small, power, power - Vector256<float>.One);
    }

    /// <summary>The polynomial, for |r| up to ln(2) / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SmallExpm1(Vector256<float> r)
    {
        var tail = Vector256.Create(1f / 5040);
        tail = Vector256.FusedMultiplyAdd(tail, r, Vector256.Create(1f / 720));
        tail = Vector256.FusedMultiplyAdd(tail, r, Vector256.Create(1f / 120));
        tail = Vector256.FusedMultiplyAdd(tail, r, Vector256.Create(1f / 24));
        tail = Vector256.FusedMultiplyAdd(tail, r, Vector256.Create(1f / 6));
        tail = Vector256.FusedMultiplyAdd(tail, r, Vector256.Create(0.5f));
        return Vector256.FusedMultiplyAdd(tail, r * r, r);
    }

    /// <summary>log(1 + x), however small x.</summary>
    /// <param name="x">Above -1.</param>
    public static double Log1p(double x) =>
        Math.Abs(x) < 1e-3 ? x * (1 - (x * (0.5 - (x * ((1 / 3.0) - (x * (0.25 - (x * (0.2 - (x / 6)))))))))) : Math.Log(1 + x);
}
