using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Triplet loss (Schroff, Kalenichenko, Philbin, CVPR 2015; batches of all or of the hardest triplets: Hermans, Beyer, Leibe, 2017): the mean of
/// <c>[d_ap - d_an + m]_+</c> over the triplets of a batch that are not zero, d between unit embeddings.
/// </summary>
/// <remarks>
/// With <c>hard</c>, a positive or negative of weight w below 1 leaves <c>1 - w</c> to the next one in line, so that a sample's
/// share is what leaving it out does.
/// </remarks>
[Plugin("triplet")]
public sealed class TripletLoss(TripletOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override long Width(Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return options.Mining == TripletMining.Hard ? 1 : labels.bincount(null, 0).max().item<long>();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var distances = options.Squared ? pairs.SquaredDistances() : pairs.Distances();
        return [options.Mining == TripletMining.Hard ? Hardest(pairs, distances) : Each(pairs, distances)];
    }

    /// <summary>All triplets of an anchor, (n, P, N) with P the most positives that an anchor has.</summary>
    private PairTerm Each(PairBlock pairs, Tensor distances)
    {
        var most = Math.Max(1, pairs.Positives.sum(1).max().item<long>());
        var (isThere, places) = pairs.Positives.to(int8).topk((int)most, 1);
        var positive = distances.gather(1, places).unsqueeze(2);
        var negative = distances.unsqueeze(1);
        var chosen = isThere.unsqueeze(2).gt(0).logical_and(pairs.Negatives.unsqueeze(1));
        if (options.Mining == TripletMining.SemiHard) chosen = chosen.logical_and((negative > positive).detach());
        var excess = positive - negative + options.Margin;
        if (!options.Soft || options.Mining == TripletMining.SemiHard) chosen = chosen.logical_and(excess.detach() > 0);
        var weights = chosen.to(distances.dtype) * pairs.Weights.index_select(0, places.view(-1)).view(places.shape).unsqueeze(2) * pairs.Weights;
        return new((Cost(excess) * weights).sum([1, 2]), weights.sum([1, 2]));
    }

    /// <summary>The two hardest positives and negatives, the second with what the first leaves over.</summary>
    private PairTerm Hardest(PairBlock pairs, Tensor distances)
    {
        var (positive, positiveWeights) = Hardest(pairs, distances, pairs.Positives);
        var (negative, negativeWeights) = Hardest(pairs, -distances, pairs.Negatives);
        var excess = positive.unsqueeze(2) + negative.unsqueeze(1) + options.Margin;
        var weights = positiveWeights.unsqueeze(2) * negativeWeights.unsqueeze(1);
        if (!options.Soft) weights = weights * (excess.detach() > 0).to(distances.dtype);
        return new((Cost(excess) * weights).sum([1, 2]), weights.sum([1, 2]));
    }

    private static (Tensor Values, Tensor Weights) Hardest(PairBlock pairs, Tensor hardness, Tensor chosen)
    {
        var count = (int)Math.Min(2, hardness.shape[1]);
        var (_, places) = hardness.detach().masked_fill(chosen.logical_not(), double.NegativeInfinity).topk(count, 1);
        var isThere = chosen.gather(1, places).to(hardness.dtype);
        var weights = isThere * pairs.Weights.index_select(0, places.view(-1)).view(places.shape);
        if (count == 2)
        {
            var left = (1 - weights.narrow(1, 0, 1)).clamp_min(0);
            weights = cat([weights.narrow(1, 0, 1), weights.narrow(1, 1, 1) * left], 1);
        }

        return (hardness.gather(1, places), weights);
    }

    private Tensor Cost(Tensor excess) => options.Soft ? -nn.functional.logsigmoid(-excess) : excess;
}
