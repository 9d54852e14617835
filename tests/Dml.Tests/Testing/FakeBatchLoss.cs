using static TorchSharp.torch;

namespace Dml.Tests.Testing;

/// <summary>
/// A loss whose batch value is no mean of samples, <c>sum(w l^2) / sum(w l)</c>, with one fault.
/// </summary>
internal sealed class FakeBatchLoss(LossShape shape, Fault fault = Fault.None) : FakeLoss(shape), IMetricLoss
{
    public bool IsMeanOfSamples => fault is Fault.BatchMeanUndeclared or Fault.BatchDividedByWeights;

    public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null)
    {
        if (fault == Fault.BatchLeaks) _ = embeddings.clone();
        using var scope = NewDisposeScope();
        var values = PerSample(embeddings, labels);
        var counts = weights is null || fault == Fault.BatchIgnoresWeights ? ones_like(values) : weights;
        var (squares, sum) = ((counts * values.square()).sum(), (counts * values).sum());
        return (fault switch
        {
            Fault.BatchVector => counts * values,
            Fault.BatchWrongDtype => (squares / sum.clamp_min(1e-30)).to(float32),
            Fault.BatchNotFiniteWhenEmpty => squares / sum,
            Fault.BatchDividedByWeights => sum / counts.sum().clamp_min(1),
            Fault.BatchMinesLeftOut => squares / sum.clamp_min(1e-30) * (1 - (1e-3 * values.sum().detach())),
            Fault.BatchNullIsNotOne => squares / sum.clamp_min(1e-30) * (weights is null ? 2 : 1),
            Fault.BatchDetached => (squares / sum.clamp_min(1e-30)).detach(),
            Fault.BatchHalfDetached => squares / sum.clamp_min(1e-30).detach(),
            _ => squares / sum.clamp_min(1e-30),
        }).MoveToOuterDisposeScope();
    }
}
