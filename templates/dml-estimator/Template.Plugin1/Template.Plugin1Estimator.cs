using Dml.Numerics;
using static TorchSharp.torch;

namespace Template.Plugin1;

/// <summary>Options of the estimator.</summary>
public sealed record Template_Plugin1Options
{
    /// <summary>The factor of all scores, a learning rate: it changes no order.</summary>
    [Range(1e-9, 1e9)]
    public double LearningRate { get; init; } = 1;
}

/// <summary>Gradient product: <c>Harm_i = dd/dW . dl_i/dW</c>.</summary>
[Plugin("plugin-name-1")]
public sealed class Template_Plugin1Estimator(Template_Plugin1Options options) : IInfluenceEstimator
{
    private InfluenceContext? _context;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) => _context = context;

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        using var scope = NewDisposeScope();
        var (gradients, targets) = (new List<Tensor>(), new List<TargetExplanation>());
        foreach (var confusion in confusions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var weight = context.HeadWeight.detach().clone().requires_grad_();
            var distance = Distance(context, confusion, weight);
            gradients.Add(Gradients.Of(distance, weight) * options.LearningRate);
            targets.Add(new(confusion, distance.to(float64).item<double>(), [], "gradient"));
            progress.Report(new("gradients of d", targets.Count, confusions.Count));
        }

        return new(targets, new Dictionary<string, Tensor> { ["gradient"] = stack(gradients).DetachFromDisposeScope() });
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) => new Block(_context ?? throw new InvalidOperationException("Prepare must be called before At."), samples);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static Tensor Embed(InfluenceContext context, Tensor features, Tensor weight) => features.mm(weight.t()) + context.HeadBias;

    private static Tensor Distance(InfluenceContext context, Confusion confusion, Tensor weight)
    {
        var unit = nn.functional.normalize(Embed(context, context.TestFeatures, weight), dim: 1);
        return stack(confusion.Pairs.Select(p => (unit[p.Anchor] - unit[p.Neighbour]).square().sum())).mean();
    }

    /// <summary>dl_i/dW = g_i f_i^T with g_i = dl_i/de_i, so its product with A = dd/dW is g_i . A f_i.</summary>
    private sealed class Block : ISampleBlock
    {
        private readonly Tensor _features;
        private readonly Tensor _lossGradients;

        public Block(InfluenceContext context, SampleRange samples)
        {
            using var scope = NewDisposeScope();
            _features = context.TrainFeaturesAt(samples).DetachFromDisposeScope();
            var embeddings = Embed(context, _features, context.HeadWeight).detach().requires_grad_();
            var losses = context.Loss.PerSample(embeddings, context.TrainLabels.narrow(0, samples.Start, samples.Count));
            _lossGradients = Gradients.Of(losses.sum(), embeddings).DetachFromDisposeScope();
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var scope = NewDisposeScope();
            var gradients = targets.State["gradient"];
            var harm = Enumerable.Range(0, targets.Targets.Count).Select(t => (_features.mm(gradients[t].t()) * _lossGradients).sum(1));
            return stack(harm).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _features.Dispose();
            _lossGradients.Dispose();
        }
    }
}
