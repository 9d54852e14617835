using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A loss of pairs or triplets of unit embeddings; a subclass gives one method, <see cref="TermsAt"/>, which sees some samples as anchors
/// and all samples of the batch as their partners. The base forms cosines and masks in blocks of anchors, never all pairs at once, and weights
/// each pair with the product of its samples' weights. That is what makes samples' shares of it (<see cref="LossShares"/>) say what leaving one out does.
/// </summary>
public abstract class PairLoss : IMetricLoss
{
    /// <summary>The least sum of counts that is divided by: without any pair a term is 0.</summary>
    internal const double LeastCount = 1e-12;

    /// <summary>Most elements of a matrix of anchors and partners.</summary>
    internal long MostElements { get; set; } = 1 << 21;

    /// <summary>None; a loss with parameters overrides it.</summary>
    /// <inheritdoc/>
    public virtual IReadOnlyList<NamedParameter> Parameters => [];

    /// <inheritdoc/>
    public bool IsMeanOfSamples => false;

    /// <summary>
    /// Whether an anchor's value depends on its own row of cosines alone, so that anchors can be taken in blocks. A loss that looks at several rows at once
    /// lets it be false, gets all anchors in one block, and has no loss of a large training set as a whole.
    /// </summary>
    protected internal virtual bool IsOfRows => true;

    /// <summary>The value of each sample as an anchor in this batch; of a term with counts its mean over what is counted.</summary>
    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var values = Blocks(labels).Select(anchors => TermsAt(Block(embeddings, labels, null, anchors))
            .Select(term => term.Counts is null ? term.Values : term.Values / term.Counts.clamp_min(LeastCount)).Aggregate((a, b) => a + b));
        return cat([.. values]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var totals = new List<LossSum>();
        foreach (var anchors in Blocks(labels))
        {
            foreach (var (k, sum) in SumsAt(embeddings, labels, weights, anchors).Index())
            {
                if (totals.Count <= k) totals.Add(sum);
                else totals[k] = new(totals[k].Sum + sum.Sum, sum.Count is null ? null : totals[k].Count! + sum.Count);
            }
        }

        var terms = totals.Select(t => t.Count is null ? t.Sum / labels.shape[0] : t.Sum / t.Count.clamp_min(LeastCount));
        return terms.Aggregate((a, b) => a + b).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public virtual Tensor? Regularizer() => null;

    /// <summary>Disposes of all <see cref="Parameters"/>.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Blocks of anchors.</summary>
    internal IReadOnlyList<SampleRange> Blocks(Tensor labels)
    {
        var count = labels.shape[0];
        return SampleRange.Grid(count, IsOfRows ? Math.Clamp(MostElements / (count * Math.Max(1, Width(labels))), 1, count) : count);
    }

    /// <summary>The sums of a block of anchors, with their own weights; the caller opens a dispose scope.</summary>
    internal IReadOnlyList<LossSum> SumsAt(Tensor embeddings, Tensor labels, Tensor? weights, SampleRange anchors)
    {
        var own = weights?.narrow(0, anchors.Start, anchors.Count);
        var terms = TermsAt(Block(embeddings, labels, weights, anchors));
        return [.. terms.Select(term => new LossSum(Sum(term.Values, own), term.Counts is null ? null : Sum(term.Counts, own)))];
    }

    /// <summary>The terms of the loss at some anchors. The caller opens a dispose scope and keeps the results alone.</summary>
    /// <param name="pairs">The anchors and their partners.</param>
    /// <returns>At least one term, as many in every block; finite values, 0 for an anchor without partners.</returns>
    protected abstract IReadOnlyList<PairTerm> TermsAt(PairBlock pairs);

    /// <summary>How many numbers a pair of anchor and partner needs, 1 by default; blocks of anchors are the smaller the more it is.</summary>
    /// <param name="labels">(B).</param>
    protected virtual long Width(Tensor labels) => 1;

    /// <summary>Disposes of all <see cref="Parameters"/>; a loss that holds more than these overrides it.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var parameter in Parameters) parameter.Value.Dispose();
    }

    private static Tensor Sum(Tensor values, Tensor? weights) => (weights is null ? values : values * weights).sum();

    private static PairBlock Block(Tensor embeddings, Tensor labels, Tensor? weights, SampleRange anchors)
    {
        var units = UnitRows.Of(embeddings);
        var cosines = units.narrow(0, anchors.Start, anchors.Count).mm(units.t());
        var same = labels.narrow(0, anchors.Start, anchors.Count).unsqueeze(1).eq(labels.unsqueeze(0));
        var places = arange(labels.shape[0], device: labels.device);
        var other = places.narrow(0, anchors.Start, anchors.Count).unsqueeze(1).ne(places.unsqueeze(0));
        var (positives, negatives) = (same.logical_and(other), same.logical_not());
        if (weights is null) return new(cosines, positives, negatives, ones([labels.shape[0]], dtype: embeddings.dtype, device: embeddings.device));
        var kept = (weights > 0).unsqueeze(0);
        return new(cosines, positives.logical_and(kept), negatives.logical_and(kept), weights);
    }
}
