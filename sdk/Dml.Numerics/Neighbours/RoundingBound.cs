using System.Numerics;

namespace Dml.Numerics;

/// <summary>
/// How far a computed <c>|g|^2 - 2 q.g</c> can be from the exact one, for a query q and a gallery item g whose norms are at most 1:
/// <c>|error| &lt;= PerNorms |q| |g| + PerSquare |g|^2 + Absolute</c>.
/// </summary>
/// <remarks>
/// With the unit roundoff u of T and <c>gamma = E u / (1 - E u)</c>: a product of E terms summed in any order errs by at most
/// <c>gamma |q| |g|</c> (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1), twice that after the factor 2; the
/// rounding of q and g to T adds 2 (2 u) |q| |g|; the squared norm, the subtraction and the comparison round a few times more. What is
/// added here covers those generously, as well as the rounding of the float64 distances that decide in the end.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="PerNorms">Factor of |q| |g|.</param>
/// <param name="PerSquare">Factor of |g|^2.</param>
/// <param name="Absolute">For numbers too small for T.</param>
internal readonly record struct RoundingBound<T>(double PerNorms, double PerSquare, double Absolute) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The bound for rows of E numbers.</summary>
    /// <param name="size">E, below 8 million.</param>
    public static RoundingBound<T> Of(int size)
    {
        var single = typeof(T) == typeof(float);
        var unit = Math.ScaleB(1, single ? -24 : -53);
        var gamma = size * unit / (1 - (size * unit));
        return new(1.01 * ((2 * gamma) + (24 * unit)), (8 * unit) + InDouble(size), (size + 8.0) * Math.ScaleB(1, single ? -120 : -1000));
    }

    /// <summary>Relative error of a sum of E squares in float64, doubled.</summary>
    public static double InDouble(int size) => (size + 16) * Math.ScaleB(1, -52);
}
