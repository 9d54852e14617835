using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Gradient product: <c>Harm_i = dd/dW . dl_i/dW</c>.</summary>
[Plugin("gradient-product")]
public sealed class GradientProductEstimator : IInfluenceEstimator
{
    private InfluenceContext? _context;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) => _context = context;

    /// <inheritdoc/>
    public HarmScores Score(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Score.");
        using var scope = NewDisposeScope();
        var embeddings = Embed(context, context.TrainFeatures, context.HeadWeight).detach().requires_grad_();

        // dl_i/dW = g_i f_i^T with g_i = dl_i/de_i, so its product with A = dd/dW is g_i . A f_i.
        var lossGradients = Gradients.Of(context.Loss.PerSample(embeddings, context.TrainLabels).sum(), embeddings);
        var (rows, targets) = (new List<Tensor>(), new List<TargetExplanation>());
        foreach (var confusion in confusions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var weight = context.HeadWeight.detach().clone().requires_grad_();
            var distance = Distance(context, confusion, weight);
            var gradient = Gradients.Of(distance, weight);
            rows.Add((context.TrainFeatures.mm(gradient.t()) * lossGradients).sum(1));
            targets.Add(new(confusion, distance.to(float64).item<double>(), [], "gradient"));
            progress.Report(new("gradient products", rows.Count, confusions.Count));
        }

        return new(stack(rows).MoveToOuterDisposeScope(), targets);
    }

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
}
