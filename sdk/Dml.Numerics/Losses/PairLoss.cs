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
        return Total(labels, Blocks(labels).Select(anchors => SumsAt(embeddings, labels, weights, anchors))).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of samples whose partners are others than those of their batch, as of a memory of earlier ones; all weights are 1.</summary>
    /// <param name="embeddings">(B, E), the anchors, raw.</param>
    /// <param name="labels">(B), int64.</param>
    /// <param name="partners">(M, E), raw, dtype of the embeddings.</param>
    /// <param name="partnerLabels">(M), int64.</param>
    /// <param name="places">(B), int64: where among the partners each anchor stands itself, which is no partner of it; -1 for one that is not there.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="DmlException">The loss looks at several anchors' rows at once.</exception>
    public Tensor LossAmong(Tensor embeddings, Tensor labels, Tensor partners, Tensor partnerLabels, Tensor places)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(partners);
        ArgumentNullException.ThrowIfNull(partnerLabels);
        ArgumentNullException.ThrowIfNull(places);
        RequireRows();
        using var scope = NewDisposeScope();
        var (units, others) = (UnitRows.Of(embeddings), UnitRows.Of(partners));
        return Total(labels, Blocks(labels.shape[0], partnerLabels).Select(anchors => Sums(Block(anchors, units, labels, others, partnerLabels, places), null)))
            .MoveToOuterDisposeScope();
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
    internal IReadOnlyList<SampleRange> Blocks(Tensor labels) => Blocks(labels.shape[0], labels);

    /// <summary>The sums of a block of anchors, with their own weights; the caller opens a dispose scope.</summary>
    internal IReadOnlyList<LossSum> SumsAt(Tensor embeddings, Tensor labels, Tensor? weights, SampleRange anchors)
    {
        return Sums(Block(embeddings, labels, weights, anchors), weights?.narrow(0, anchors.Start, anchors.Count));
    }

    /// <summary>The terms, for another loss around this one.</summary>
    internal IReadOnlyList<PairTerm> TermsOf(PairBlock pairs) => TermsAt(pairs);

    /// <summary>The width, for another loss around this one.</summary>
    internal long WidthOf(Tensor labels) => Width(labels);

    /// <summary>Refuses a loss that cannot be held against others than its batch.</summary>
    /// <exception cref="DmlException">It looks at several anchors' rows at once.</exception>
    internal void RequireRows()
    {
        if (IsOfRows) return;
        throw new DmlException(
            null, "a loss of pairs that takes each anchor by itself, to hold it against others than its batch",
            $"{GetType().Name}, which looks at the rows of several anchors at once", "choose another loss or another form of it");
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

    private static Tensor Total(Tensor labels, IEnumerable<IReadOnlyList<LossSum>> blocks)
    {
        var totals = new List<LossSum>();
        foreach (var (k, sum) in blocks.SelectMany(sums => sums.Index()))
        {
            if (totals.Count <= k) totals.Add(sum);
            else totals[k] = new(totals[k].Sum + sum.Sum, sum.Count is null ? null : totals[k].Count! + sum.Count);
        }

        var terms = totals.Select(t => t.Count is null ? t.Sum / labels.shape[0] : t.Sum / t.Count.clamp_min(LeastCount));
        return terms.Aggregate((a, b) => a + b);
    }

    private static PairBlock Block(Tensor embeddings, Tensor labels, Tensor? weights, SampleRange anchors)
    {
        var units = UnitRows.Of(embeddings);
        var pairs = Block(anchors, units, labels, units, labels, arange(labels.shape[0], device: labels.device));
        if (weights is null) return pairs;
        var kept = (weights > 0).unsqueeze(0);
        return new(pairs.Cosines, pairs.Positives.logical_and(kept), pairs.Negatives.logical_and(kept), weights);
    }

    private static PairBlock Block(SampleRange anchors, Tensor units, Tensor labels, Tensor partners, Tensor partnerLabels, Tensor places)
    {
        var cosines = units.narrow(0, anchors.Start, anchors.Count).mm(partners.t());
        var same = labels.narrow(0, anchors.Start, anchors.Count).unsqueeze(1).eq(partnerLabels.unsqueeze(0));
        var all = arange(partnerLabels.shape[0], device: labels.device);
        var other = places.narrow(0, anchors.Start, anchors.Count).unsqueeze(1).ne(all.unsqueeze(0));
        var weights = ones([partnerLabels.shape[0]], dtype: units.dtype, device: units.device);
        return new(cosines, same.logical_and(other), same.logical_not(), weights);
    }

    private IReadOnlyList<SampleRange> Blocks(long anchors, Tensor partnerLabels)
    {
        if (!IsOfRows) return SampleRange.Grid(anchors, anchors);
        return SampleRange.Grid(anchors, Math.Clamp(MostElements / (partnerLabels.shape[0] * Math.Max(1, Width(partnerLabels))), 1, anchors));
    }

    private IReadOnlyList<LossSum> Sums(PairBlock pairs, Tensor? own) =>
        [.. TermsAt(pairs).Select(term => new LossSum(Sum(term.Values, own), term.Counts is null ? null : Sum(term.Counts, own)))];
}
