using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Unit vectors and cosines; the embedding of a proxy loss enters only through these.</summary>
public static class UnitRows
{
    /// <summary>The smallest norm that a row is divided by, as in torch's normalize; everything that divides by a norm keeps to it.</summary>
    public const double LeastNorm = 1e-12;

    /// <summary>n(x): every row divided by its Euclidean norm (at least <see cref="LeastNorm"/>).</summary>
    /// <param name="rows">(N, E), floating point.</param>
    public static Tensor Of(Tensor rows) => nn.functional.normalize(rows, p: 2, dim: 1, eps: LeastNorm);

    /// <summary>cos_ij = n(e_i) . n(p_j).</summary>
    /// <param name="embeddings">(N, E); their dtype rules.</param>
    /// <param name="proxies">(P, E), cast to that dtype.</param>
    /// <returns>(N, P), differentiable in both.</returns>
    public static Tensor Cosines(Tensor embeddings, Tensor proxies)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(proxies);
        using var scope = NewDisposeScope();
        return Of(embeddings).mm(Of(proxies.to(embeddings.dtype)).t()).MoveToOuterDisposeScope();
    }
}
