using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>
/// A fixed model whose training samples are scored: N = 60 in C = 3 classes, D = 6, E = 4, and two earlier moments of its training. Features lie
/// near a centre of their class, far from those of the others, proxies at the mean direction of its embeddings; one sample has the label of another class.
/// </summary>
internal sealed class ScorerProblem : IDisposable
{
    /// <summary>The sample whose label is wrong.</summary>
    public const int Planted = 23;

    private const int Count = 60;

    private const int Classes = 3;

    private readonly Tensor[] _tensors;

    private readonly Tensor[] _before;

    private readonly TenfoldSoftmaxLoss[] _losses;

    public ScorerProblem(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        var draws = new Draws(6);
        var classes = Draws.Labels(Count, Classes);
        var labels = classes.clone();
        labels[Planted] = (classes[Planted] + 1) % Classes;
        var train = (draws.Normal(Classes, 6) * 3).index_select(0, classes) + (draws.Normal(Count, 6) / 3);
        var (weight, bias, test) = (draws.Normal(4, 6) / 2, draws.Normal(4) / 4, draws.Normal(8, 6));
        var proxies = zeros(Classes, 4, dtype: float64).index_add(0, classes, nn.functional.normalize(train.mm(weight.t()) + bias, dim: 1), 1);
        Tensor[] shared = [Kept(train, precision), labels.DetachFromDisposeScope(), Kept(test, precision), Kept(Draws.Labels(8, 2) + Classes, int64)];
        double[] shares = [0.5, 0.8, 1];
        _losses = [.. shares.Select(share => new TenfoldSoftmaxLoss(Kept((proxies * share) + ((1 - share) / 10), precision)))];
        InfluenceContext[] moments = [.. shares.Select((share, t) => new InfluenceContext(
            shared[0], shared[1], shared[2], shared[3], Kept(weight * share, precision), Kept(bias * share, precision), _losses[t]))];
        Context = moments[2] with { Checkpoints = moments[..2] };
        _tensors = [.. shared, .. moments.SelectMany(m => new[] { m.HeadWeight, m.HeadBias, ((IProxyLoss)m.Loss).Proxies })];
        _before = [.. _tensors.Select(t => t.detach().clone().DetachFromDisposeScope())];
    }

    public InfluenceContext Context { get; }

    /// <summary>Whether every tensor of the context and of its earlier moments is as it was.</summary>
    public bool IsUnchanged() => _tensors.Zip(_before).All(pair => pair.First.detach().equal(pair.Second).all().item<bool>());

    public void Dispose()
    {
        foreach (var tensor in _tensors.Concat(_before)) tensor.Dispose();
        foreach (var loss in _losses) loss.Dispose();
    }

    private static Tensor Kept(Tensor values, ScalarType dtype) => values.to(dtype, copy: true).DetachFromDisposeScope();
}
