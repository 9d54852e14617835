using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Solutions of <c>(H + lambda I) h = v</c> for T targets.</summary>
/// <param name="Values">h, shape and dtype of the right sides, (T, ...); owned by this object.</param>
/// <param name="Certificates">How far each can be trusted, T of them in the order of the targets.</param>
public sealed record LinearSolutions(Tensor Values, IReadOnlyList<SolverCertificate> Certificates) : IDisposable
{
    /// <summary>Frees the tensor.</summary>
    public void Dispose() => Values.Dispose();
}
