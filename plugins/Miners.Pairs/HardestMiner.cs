using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Options of the miner of the hardest.</summary>
public sealed record HardestOptions
{
    /// <summary>How many of an anchor's farthest positives count; null for all.</summary>
    [Range(1, 1000000)]
    public int? Positives { get; init; } = 1;

    /// <summary>How many of an anchor's nearest negatives count; null for all.</summary>
    [Range(1, 1000000)]
    public int? Negatives { get; init; } = 1;
}

/// <summary>
/// The hardest pairs (batch hard: Hermans, Beyer, Leibe, 2017): each anchor's farthest positives and nearest negatives. Partners as hard as the last that
/// counts count too.
/// </summary>
[Plugin("hardest")]
public sealed class HardestMiner(HardestOptions options) : IPairMiner
{
    /// <inheritdoc/>
    public MinedPairs Choose(PairCandidates pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return new(Hardest(-pairs.Cosines, pairs.Positives, options.Positives), Hardest(pairs.Cosines, pairs.Negatives, options.Negatives));
    }

    private static Tensor Hardest(Tensor hardness, Tensor candidates, int? most)
    {
        if (most is not { } count || count >= hardness.shape[1]) return candidates.alias();
        var counted = hardness.masked_fill(candidates.logical_not(), double.NegativeInfinity);
        return candidates.logical_and(counted >= counted.topk(count, 1).values.narrow(1, count - 1, 1));
    }
}
