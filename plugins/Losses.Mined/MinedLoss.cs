using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Mining of pairs around any loss of pairs. The loss within sees those positives and negatives of an anchor alone that a miner chooses; the choice is made
/// anew for every batch, and has no derivative.
/// </summary>
/// <remarks>
/// A pair that the miner leaves out is to the loss as if it were not there, so that values, derivatives and samples' shares are those of the loss within on
/// the pairs that are left.
/// </remarks>
[Plugin("mined")]
public sealed class MinedLoss(MinedOptions options, IPluginFactory plugins) : PairLossAround(Pairs(options, plugins))
{
    private readonly IPairMiner _miner = plugins.Create(options.Miner);

    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var chosen = _miner.Choose(new(pairs.Cosines.detach(), pairs.Positives, pairs.Negatives));
        return base.TermsAt(pairs with { Positives = Part(chosen.Positives, pairs.Positives), Negatives = Part(chosen.Negatives, pairs.Negatives) });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) (_miner as IDisposable)?.Dispose();
    }

    /// <summary>The chosen among the candidates; a miner that chooses others has broken its contract, and has no say in what a pair is.</summary>
    private Tensor Part(Tensor chosen, Tensor candidates)
    {
        if (chosen.dtype == @bool && chosen.shape.SequenceEqual(candidates.shape)) return chosen.logical_and(candidates);
        throw new DmlException(
            "loss.miner", $"two masks of bool of shape ({string.Join(", ", candidates.shape)})",
            $"one of {chosen.dtype} of shape ({string.Join(", ", chosen.shape)}) from {options.Miner.Name}", "correct the miner, or choose another");
    }

    private static PairLoss Pairs(MinedOptions options, IPluginFactory plugins)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(plugins);
        var made = plugins.Create(options.Loss);
        if (made is PairLoss pairs and not IRememberingLoss) return pairs;
        made.Dispose();
        throw new DmlException(
            "loss.loss", "a loss of pairs, whose pairs a miner chooses",
            made is IRememberingLoss ? $"{options.Loss.Name}, which remembers earlier batches" : options.Loss.Name,
            made is IRememberingLoss ? $"put mined into {options.Loss.Name}" : "choose a loss of pairs such as contrastive");
    }
}
