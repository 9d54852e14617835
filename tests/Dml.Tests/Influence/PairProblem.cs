using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>
/// The small problem with a loss that is no mean of samples, and its loss by the definition: the mean loss of the drawn batches, or of all samples, as a
/// function of the samples' weights and of W, in float64.
/// </summary>
internal sealed class PairProblem : IDisposable
{
    public const int Count = 12;

    private readonly SmallProblem _problem;
    private readonly IReadOnlyList<long[]> _batches;

    public PairProblem(Func<LossShape, IMetricLoss> make, ShareBasis of, ShareOptions? options = null)
        : this(new SmallProblem(make, float64), of, options)
    {
    }

    private PairProblem(PairProblem other, Func<SamplerContext, IBatchSampler> sampler, IReadOnlyList<long[]> batches)
    {
        (_problem, _batches, Options) = (other._problem, batches, other.Options);
        Context = other.Context with { Sampler = sampler };
    }

    private PairProblem(SmallProblem problem, ShareBasis of, ShareOptions? options)
    {
        _problem = problem;
        Context = _problem.Context with { Batches = new(3, 2) };
        Options = options ?? new() { Of = of, Passes = 2, Seed = 3 };
        long[] all = [.. Enumerable.Range(0, Count).Select(i => (long)i)];
        _batches = of == ShareBasis.Full ? [all] : BatchDraws.Of(Context.TrainLabels.data<long>().ToArray(), Context.Batches, Options.Passes, Options.Seed);
    }

    /// <summary>The same model with other batches; draws nothing, and is disposed of with this one.</summary>
    public PairProblem With(ShareBasis of, ShareOptions options) => new(_problem, of, options);

    /// <summary>The same model with batches of a sampler; disposed of with this one.</summary>
    /// <param name="sampler">Makes it.</param>
    /// <param name="batches">What it shall have drawn.</param>
    public PairProblem Drawn(Func<SamplerContext, IBatchSampler> sampler, IReadOnlyList<long[]> batches) => new(this, sampler, batches);

    public InfluenceContext Context { get; }

    public ShareOptions Options { get; }

    /// <summary>L(w; W).</summary>
    public Tensor Loss(Tensor weight, double[] weights) => _batches.Select(batch =>
    {
        var indices = tensor(batch);
        return Context.Loss.BatchLoss(
            Context.TrainFeatures.index_select(0, indices).mm(weight.t()) + Context.HeadBias, Context.TrainLabels.index_select(0, indices),
            tensor(batch.Select(i => weights[i]).ToArray()));
    }).Aggregate((a, b) => a + b) / _batches.Count;

    /// <summary>dL/dW, (E, D).</summary>
    public Tensor Gradient(Tensor weight, double[] weights)
    {
        using var scope = NewDisposeScope();
        var followed = weight.detach().clone().requires_grad_();
        Loss(followed, weights).backward();
        return followed.grad!.clone().MoveToOuterDisposeScope();
    }

    /// <summary><c>N dL/dw_i</c> by central differences; of a loss that chooses the hardest, backwards, where the next is in line.</summary>
    public double[] Shares(Tensor weight, bool backwards = false) => [.. Enumerable.Range(0, Count).Select(i =>
    {
        const double Step = 1e-5;
        var (up, down) = (With(i, backwards ? 1 : 1 + Step), With(i, 1 - Step));
        return Count * (Loss(weight, up).item<double>() - Loss(weight, down).item<double>()) / (backwards ? Step : 2 * Step);
    })];

    /// <summary>ds_i/dW of each sample, by central differences of the gradient in the weights, (N, E, D).</summary>
    public Tensor ShareGradients(Tensor weight) => stack(Enumerable.Range(0, Count).Select(i =>
    {
        const double Step = 1e-5;
        return (Gradient(weight, With(i, 1 + Step)) - Gradient(weight, With(i, 1 - Step))) * (Count / (2 * Step));
    }));

    /// <summary>The Hessian of L in W at weights of 1, by central differences of the gradient, (E D, E D).</summary>
    public Tensor Hessian(Tensor weight)
    {
        const double Step = 1e-5;
        var size = weight.numel();
        var ones = With(0, 1);
        return stack(Enumerable.Range(0, (int)size).Select(k =>
        {
            var move = zeros([size], dtype: float64);
            move[k] = Step;
            var unit = move.view(weight.shape);
            return ((Gradient(weight + unit, ones) - Gradient(weight - unit, ones)) / (2 * Step)).view(-1);
        }));
    }

    public void Dispose() => _problem.Dispose();

    private static double[] With(int sample, double value)
    {
        var weights = new double[Count];
        Array.Fill(weights, 1);
        weights[sample] = value;
        return weights;
    }
}
