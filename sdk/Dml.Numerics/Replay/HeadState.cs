using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>A moment of a training: its parameters, and what the optimiser remembers of each.</summary>
/// <param name="Parameters">W (E, D), then the proxies (P, E) if they move; or with T in front, derivatives of T outcomes in them.</param>
/// <param name="First">Adam's mean gradients, or the momentum of plain steps.</param>
/// <param name="Second">Adam's mean squared gradients.</param>
internal sealed record HeadState(IReadOnlyList<Tensor> Parameters, IReadOnlyList<Tensor> First, IReadOnlyList<Tensor> Second) : IDisposable
{
    private IEnumerable<Tensor> All => Parameters.Concat(First).Concat(Second);

    /// <summary>What it takes in memory.</summary>
    public long Bytes => All.Sum(t => t.numel() * t.element_size());

    /// <summary>Parameters of which nothing is remembered yet.</summary>
    /// <param name="parameters">The parameters, owned by this object afterwards.</param>
    public static HeadState Fresh(IReadOnlyList<Tensor> parameters) =>
        new(parameters, [.. parameters.Select(p => zeros_like(p))], [.. parameters.Select(p => zeros_like(p))]);

    /// <summary>Takes the tensors out of the dispose scope, which would free them.</summary>
    public HeadState Kept()
    {
        foreach (var tensor in All) tensor.DetachFromDisposeScope();
        return this;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in All) tensor.Dispose();
    }
}
