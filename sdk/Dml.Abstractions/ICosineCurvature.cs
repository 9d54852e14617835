using static TorchSharp.torch;

namespace Dml;

/// <summary>
/// First and second derivatives of a block of sample losses in their cosines, in closed form; P cosines a sample, n samples. What a loss
/// returns from <see cref="IProxyLoss.CurvatureAt"/>.
/// </summary>
public interface ICosineCurvature : IDisposable
{
    /// <summary>(n, P), <c>dl_i / dcos_i</c>, owned by this object.</summary>
    Tensor Gradient { get; }

    /// <summary>Multiplies with the Hessian <c>d2l_i / dcos_i2</c> of each sample.</summary>
    /// <param name="samples">The samples of the block that the directions belong to.</param>
    /// <param name="directions">(m, T, P): T directions for each of those m samples.</param>
    /// <returns>(m, T, P), a new tensor.</returns>
    Tensor Multiply(SampleRange samples, Tensor directions);

    /// <summary>
    /// Multiplies with the part of the Hessian that is never negative: <c>J^T H J</c> with H the Hessian of the loss in its outputs, in
    /// which it is convex (the logits of a softmax), and J their derivative in the cosines. The same as <see cref="Multiply"/> where
    /// the outputs are linear in the cosines.
    /// </summary>
    /// <param name="samples">The samples of the block that the directions belong to.</param>
    /// <param name="directions">(m, T, P).</param>
    /// <returns>(m, T, P), a new tensor.</returns>
    Tensor MultiplyConvex(SampleRange samples, Tensor directions) => Multiply(samples, directions);
}
