using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Pulls an embedding to its proxy: <c>l_i = s (1 - cos_iy)</c>.</summary>
[Plugin("pull")]
public sealed class PullLoss(PullOptions options, LossShape shape) : ProxyLoss(shape)
{
    /// <inheritdoc/>
    protected override Tensor LossesAt(Tensor cosines, Tensor labels) => (1 - cosines.gather(1, labels.unsqueeze(1)).squeeze(1)) * options.Scale;
}
