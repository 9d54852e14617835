using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Exact changes of <c>l_i = -log softmax(z_i)[y_i]</c> when logits move by a small <c>dz</c>:
/// <c>dl_i = log1p(sum_c p_ic expm1(dz_ic - dz_iy))</c>, with <c>p</c> the softmax at the fixed point. It subtracts no two losses, so
/// float32 keeps its digits however small the change; taking dz_iy inside the sum also keeps those of a confident sample (p_iy near 1).
/// </summary>
public sealed class SoftmaxLossChange : IDisposable
{
    /// <summary>Above this exp could overflow in float32, so log-sum-exp takes over.</summary>
    private const double LargeMove = 60;

    /// <summary>Below this 1 + sum cancels, so log-sum-exp takes over there too.</summary>
    private const double NearlyAllLost = -0.5;

    private readonly Tensor _labels;

    /// <summary>Fixes the point.</summary>
    /// <param name="logits">(N, C), floating point.</param>
    /// <param name="labels">(N), int64.</param>
    public SoftmaxLossChange(Tensor logits, Tensor labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        LogProbabilities = logits.log_softmax(1).DetachFromDisposeScope();
        Probabilities = LogProbabilities.exp().DetachFromDisposeScope();
        _labels = labels.unsqueeze(1).DetachFromDisposeScope();
    }

    /// <summary>(N, C), the softmax at the fixed point; owned by this object.</summary>
    public Tensor Probabilities { get; }

    /// <summary>(N, C), its logarithms; owned by this object.</summary>
    public Tensor LogProbabilities { get; }

    /// <summary>The change of each sample's loss.</summary>
    /// <param name="logitChange">(N, C).</param>
    /// <returns>(N).</returns>
    public Tensor Change(Tensor logitChange)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var relative = logitChange - logitChange.gather(1, _labels);
        var sum = (Probabilities * relative.expm1()).sum(1);
        var change = sum.log1p();
        var large = (relative.amax(1) > LargeMove).logical_or(sum < NearlyAllLost);
        if (large.any().item<bool>()) change = where(large, (LogProbabilities + relative).logsumexp(1), change);
        return change.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        LogProbabilities.Dispose();
        Probabilities.Dispose();
        _labels.Dispose();
    }
}
