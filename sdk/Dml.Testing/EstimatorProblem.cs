using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>
/// A fixed model to explain: N = 24 training samples in C = 3 classes, M = 8 test items, D = 6, E = 4. Features lie around a centre of
/// their class and proxies at the mean direction of its embeddings, as after training.
/// </summary>
internal sealed class EstimatorProblem : IDisposable
{
    private const int Classes = 3;

    private readonly Tensor[] _before;

    /// <param name="precision">float32 or float64.</param>
    /// <param name="ofPairs">Whether the loss is one of pairs rather than of proxies.</param>
    public EstimatorProblem(ScalarType precision, bool ofPairs = false)
    {
        using var scope = NewDisposeScope();
        // A draw at which the Hessian of the losses is positive with the influence function's default lambda added.
        var draws = new Draws(5);
        var labels = Draws.Labels(24, Classes);
        var train = (draws.Normal(Classes, 6) * 1.5).index_select(0, labels) + draws.Normal(24, 6);
        var (weight, bias) = (draws.Normal(4, 6) / 2, draws.Normal(4) / 4);
        var units = nn.functional.normalize(train.mm(weight.t()) + bias, dim: 1);
        var proxies = zeros(Classes, 4, dtype: float64).index_add(0, labels, units, 1);
        Loss = ofPairs ? new TenfoldPairLoss() : new TenfoldSoftmaxLoss(Kept(proxies, precision));
        Context = new(
            Kept(train, precision),
            labels.DetachFromDisposeScope(),
            Kept(draws.Normal(8, 6), precision),
            tensor(new long[] { 3, 3, 3, 3, 4, 4, 4, 4 }).DetachFromDisposeScope(),
            Kept(weight, precision),
            Kept(bias, precision),
            Loss);
        _before = [.. Tensors().Select(t => t.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Two pairs and a group, which differ in everything.</summary>
    public static IReadOnlyList<Confusion> Confusions { get; } =
    [
        new("pair 0:4", ConfusionKind.Pair, [new(0, 4)]),
        new("group 3", ConfusionKind.Group, [new(1, 5), new(2, 5), new(1, 6)]),
        new("pair 3:7", ConfusionKind.Pair, [new(3, 7)]),
    ];

    public InfluenceContext Context { get; }

    public IMetricLoss Loss { get; }

    /// <summary>Whether every tensor of the context, the proxies included, is as it was.</summary>
    public bool IsUnchanged() =>
        Loss.Parameters.All(p => p.Value.requires_grad) && Tensors().Zip(_before).All(pair => pair.First.detach().equal(pair.Second).all().item<bool>());

    /// <summary>d of a confusion at the trained W, or at another W that autograd follows.</summary>
    public Tensor Distance(Confusion confusion, Tensor weight)
    {
        using var scope = NewDisposeScope();
        var units = nn.functional.normalize(Context.TestFeatures.mm(weight.t()) + Context.HeadBias, dim: 1);
        var distances = confusion.Pairs.Select(p => (units[p.Anchor] - units[p.Neighbour]).square().sum());
        return stack(distances).mean().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// (T, N), float64: by how much d of each of <see cref="Confusions"/> is higher after the head was trained a little further without a sample than
    /// with all. Harm above 0 claims that this is above 0.
    /// </summary>
    public Tensor RetrainedChange()
    {
        using var scope = NewDisposeScope();
        var distances = Enumerable.Range(-1, (int)Context.TrainCount + 1).Select(left => DistancesWithout(left)).ToList();
        return stack(distances.Skip(1).Select(without => without - distances[0]), 1).MoveToOuterDisposeScope();
    }

    /// <summary>(T): d of the confusions after some plain steps on all samples but one; -1 leaves none out.</summary>
    private Tensor DistancesWithout(int left)
    {
        const int Steps = 10;
        const double Rate = 0.01;
        using var scope = NewDisposeScope();
        var weights = ones([Context.TrainCount], dtype: Context.Precision);
        if (left >= 0) weights[left] = 0;
        var weight = Context.HeadWeight.detach().clone();
        for (var step = 0; step < Steps; step++)
        {
            var followed = weight.detach().requires_grad_();
            var loss = Loss.BatchLoss(Context.TrainFeatures.mm(followed.t()) + Context.HeadBias, Context.TrainLabels, weights);
            weight = (followed - (Gradient(loss, followed) * Rate)).detach();
        }

        return stack(Confusions.Select(confusion => Distance(confusion, weight))).to(float64).MoveToOuterDisposeScope();
    }

    /// <summary>(N): the product of dd/dW and dl_i/dW, by how much training on sample i lowers d to first order.</summary>
    public Tensor FirstOrderHarm(Confusion confusion)
    {
        using var scope = NewDisposeScope();
        var weight = Context.HeadWeight.clone().requires_grad_();
        var distanceGradient = Gradient(Distance(confusion, weight), weight);
        if (!Loss.IsMeanOfSamples) return stack([.. OfShares(weight, distanceGradient)]).MoveToOuterDisposeScope();
        var harms = Enumerable.Range(0, (int)Context.TrainCount).Select(i =>
        {
            var embedding = Context.TrainFeatures.narrow(0, i, 1).mm(weight.t()) + Context.HeadBias;
            return (Gradient(Loss.PerSample(embedding, Context.TrainLabels.narrow(0, i, 1)).sum(), weight) * distanceGradient).sum();
        });
        return stack(harms).MoveToOuterDisposeScope();
    }

    /// <summary>The same of the whole batch's loss, by central differences in each sample's weight.</summary>
    private IEnumerable<Tensor> OfShares(Tensor weight, Tensor distanceGradient)
    {
        const double Step = 0.01;
        return Enumerable.Range(0, (int)Context.TrainCount).Select(i => (Slope(i, 1 + Step) - Slope(i, 1 - Step)) * (Context.TrainCount / (2 * Step)));

        Tensor Slope(int sample, double sampleWeight)
        {
            var weights = ones([Context.TrainCount], dtype: Context.Precision);
            weights[sample] = sampleWeight;
            var loss = Loss.BatchLoss(Context.TrainFeatures.mm(weight.t()) + Context.HeadBias, Context.TrainLabels, weights);
            return (Gradient(loss, weight) * distanceGradient).sum();
        }
    }

    public void Dispose()
    {
        foreach (var tensor in Tensors().Concat(_before)) tensor.Dispose();
        Loss.Dispose();
    }

    private static Tensor Gradient(Tensor scalar, Tensor weight) => Gradients.Of(scalar, weight);

    private static Tensor Kept(Tensor values, ScalarType precision) => values.to(precision, copy: true).DetachFromDisposeScope();

    private IEnumerable<Tensor> Tensors() =>
    [
        Context.TrainFeatures, Context.TrainLabels, Context.TestFeatures, Context.TestLabels, Context.HeadWeight, Context.HeadBias,
        .. Loss.Parameters.Select(p => (Tensor)p.Value),
    ];
}
