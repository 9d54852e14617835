using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A loss of pairs that is another one: of any batch it has the same value, the same derivatives and the same blocks, so that estimators explain the one
/// within. For what adds to a loss something that is none of a batch, such as a memory.
/// </summary>
/// <param name="inner">The loss within; owned by this one.</param>
public abstract class PairLossAround(PairLoss inner) : PairLoss
{
    /// <inheritdoc/>
    public override IReadOnlyList<NamedParameter> Parameters => inner.Parameters;

    /// <inheritdoc/>
    protected internal override bool IsOfRows => inner.IsOfRows;

    /// <inheritdoc/>
    public override Tensor? Regularizer() => inner.Regularizer();

    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs) => inner.TermsOf(pairs);

    /// <inheritdoc/>
    protected override long Width(Tensor labels) => inner.WidthOf(labels);

    /// <summary>Disposes of the loss within.</summary>
    /// <param name="disposing">Whether <see cref="PairLoss.Dispose()"/> was called.</param>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) inner.Dispose();
    }
}
