using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The damping of <c>(H + lambda I) h = v</c> where nobody has chosen one (numerics, section 7): the usual lambda, or where H + lambda I is not
/// positive with it the least that makes it so, with a margin: <c>lambda = 1.05 |least eigenvalue of H|</c>.
/// </summary>
/// <param name="Lambda">What is added to the diagonal of H.</param>
/// <param name="Usual">What is added where that is enough.</param>
/// <param name="Least">The least eigenvalue of H, as far as it was found.</param>
public sealed record PositiveDamping(double Lambda, double Usual, double Least)
{
    /// <summary>How far beyond the least eigenvalue's size lambda goes, as a share of it.</summary>
    public const double Margin = 0.05;

    /// <summary>Whether lambda is more than the usual one.</summary>
    public bool IsRaised => Lambda > Usual;

    /// <summary>One clause for readers of the results; empty where lambda is the usual one.</summary>
    public string Note => !IsRaised ? "" : FormattableString.Invariant(
        $"lambda {Lambda:G4} in place of {Usual:G4}: H has an eigenvalue near {Least:G4}, and this is the least damping ")
        + FormattableString.Invariant($"with which H + lambda I is positive, with a margin of {100 * Margin:G2} %");

    /// <summary>Chooses by the lowest curvature that Lanczos' iteration finds.</summary>
    /// <param name="product">H x.</param>
    /// <param name="like">A tensor of the shape and dtype of one target; its values do not matter.</param>
    /// <param name="usual">The lambda that is taken where it is enough, at least 0.</param>
    /// <param name="cancellationToken">Handed to the product.</param>
    public static PositiveDamping Of(SymmetricOperator product, Tensor like, double usual, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(product);
        ArgumentNullException.ThrowIfNull(like);
        ArgumentOutOfRangeException.ThrowIfNegative(usual);
        using var noGradient = no_grad();
        using var start = LowestCurvature.Start(like);
        var (least, sufficient) = LowestCurvature.Of(product, start, 0, cancellationToken);
        return Of(least, sufficient, usual);
    }

    /// <summary>Chooses by an eigenvalue that is known exactly.</summary>
    /// <param name="least">The least eigenvalue of H.</param>
    /// <param name="usual">The lambda that is taken where it is enough, at least 0.</param>
    public static PositiveDamping Of(double least, double usual) => Of(least, (1 + Margin) * -least, usual);

    private static PositiveDamping Of(double least, double sufficient, double usual) => new(least + usual > 0 ? usual : sufficient, usual, least);
}
