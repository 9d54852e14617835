using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>A loss and a batch for it: 12 raw embeddings of 8 numbers with labels of 5 classes.</summary>
internal sealed class LossProblem
{
    private const int Count = 12;

    public LossProblem(IMetricLoss loss, ScalarType precision)
    {
        (Loss, Precision) = (loss, precision);
        using var draws = new Draws(2).Normal(Count, 8);
        Embeddings = draws.to(precision, copy: true);
        Labels = Draws.Labels(Count, 5);
    }

    public IMetricLoss Loss { get; }

    public ScalarType Precision { get; }

    public Tensor Embeddings { get; }

    public Tensor Labels { get; }

    /// <summary>How much two ways to the same value may differ, relative to the greatest value.</summary>
    public double Rounding => Precision == float64 ? 1e-10 : 1e-4;

    /// <summary>The name of a member, for messages.</summary>
    public string Member(string name) => $"{Loss.GetType().Name}.{name}";

    /// <summary>(12) whole numbers; the two samples of class 3 are left out.</summary>
    public Tensor Weights() => tensor(new double[] { 2, 0, 1, 0, 3, 1, 2, 1, 0, 1, 1, 2 }).to_type(Precision);

    public Tensor PerSample() => PerSample(Embeddings, Labels);

    public Tensor PerSample(Tensor embeddings, Tensor labels) =>
        Loss.PerSample(embeddings, labels)
            ?? throw new ConformanceException($"{Member("PerSample")}: expected a tensor, found null; return one value a sample.");

    public Tensor BatchLoss(Tensor? weights) => BatchLoss(Embeddings, Labels, weights);

    public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights) =>
        Loss.BatchLoss(embeddings, labels, weights)
            ?? throw new ConformanceException($"{Member("BatchLoss")}: expected a tensor, found null; return the loss of the batch.");
}
