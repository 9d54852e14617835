using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The plane in which rows vary most (principal component analysis): a map of embeddings that keeps straight lines straight, unlike
/// t-SNE or UMAP, and that says how much of the variance it shows.
/// </summary>
internal sealed class PrincipalPlane : IDisposable
{
    private readonly Tensor _mean;
    private readonly Tensor _axes;

    private PrincipalPlane(Tensor mean, Tensor axes, double first, double second)
    {
        (_mean, _axes, FirstShare, SecondShare) = (mean, axes, first, second);
    }

    /// <summary>Share of the variance along the first axis, in [0, 1]; 0 where the rows do not vary.</summary>
    public double FirstShare { get; }

    /// <summary>Share of the variance along the second axis.</summary>
    public double SecondShare { get; }

    /// <summary>Fits the plane. The largest component of each axis is positive, which fixes its sign.</summary>
    /// <param name="rows">(N, E), floating point, N at least 1, E at least 2.</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static PrincipalPlane Fit(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Dimensions != 2 || rows.shape[0] < 1 || rows.shape[1] < 2)
        {
            throw new ArgumentException($"Expected (N, E) with N >= 1 and E >= 2, found ({string.Join(", ", rows.shape)}).", nameof(rows));
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var mean = rows.to(float64).mean([0], keepdim: true);
        var centred = rows.to(float64) - mean;
        var (values, vectors) = linalg.eigh(centred.t().mm(centred));
        var size = vectors.shape[1];
        var axes = vectors.narrow(1, size - 2, 2).flip(1);
        axes *= axes.gather(0, axes.abs().argmax(0, keepdim: true)).sign();
        var variances = values.clamp_min(0).Values<double>();
        var total = variances.Sum();
        return new(mean.MoveToOuterDisposeScope(), axes.MoveToOuterDisposeScope(), Share(variances[^1]), Share(variances[^2]));

        double Share(double variance) => total > 0 ? variance / total : 0;
    }

    /// <summary>Where rows lie in the plane.</summary>
    /// <param name="rows">(M, E).</param>
    /// <returns>(M, 2), float64; the caller disposes of it.</returns>
    public Tensor Project(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var scope = NewDisposeScope();
        return (rows.to(float64) - _mean).mm(_axes).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the axes.</summary>
    public void Dispose()
    {
        _mean.Dispose();
        _axes.Dispose();
    }
}
