using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>A matrix <c>L^T R</c> of few rows: the gradient in W of anything that depends on the embeddings of r items, <c>sum_j g_j f_j^T</c>.</summary>
/// <param name="Left">L, (r, E).</param>
/// <param name="Right">R, (r, D), dtype and device of the left.</param>
public readonly record struct LowRankMatrix(Tensor Left, Tensor Right)
{
    /// <summary>Whole matrices of one shape.</summary>
    /// <param name="matrices">T of them, at least one, of any ranks.</param>
    /// <returns>(T, E, D), a new tensor.</returns>
    public static Tensor Dense(IEnumerable<LowRankMatrix> matrices)
    {
        ArgumentNullException.ThrowIfNull(matrices);
        using var scope = NewDisposeScope();
        return stack(matrices.Select(m => m.Left.t().mm(m.Right))).MoveToOuterDisposeScope();
    }
}
