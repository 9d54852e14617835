using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Derivatives of sample losses in the embeddings: B_i is the E x E Hessian of l_i in e_i.</summary>
internal interface ICurvature : IDisposable
{
    /// <summary>Name of the path in results.</summary>
    string Name { get; }

    /// <summary>Computes what all directions share.</summary>
    /// <param name="embeddings">(n, E); the caller keeps them alive as long as the result.</param>
    /// <param name="labels">(n); likewise.</param>
    ICurvatureBlock At(Tensor embeddings, Tensor labels);
}

/// <summary>Derivatives of a block of n samples.</summary>
internal interface ICurvatureBlock : IDisposable
{
    /// <summary>(n, E), dl_i/de_i, a new tensor.</summary>
    Tensor Gradient();

    /// <summary>B_i a for T directions of each of some samples.</summary>
    /// <param name="samples">m samples of the block.</param>
    /// <param name="directions">(m, T, E), contiguous.</param>
    /// <returns>(m, T, E), a new contiguous tensor.</returns>
    Tensor Multiply(SampleRange samples, Tensor directions);
}
