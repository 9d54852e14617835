using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Influence with the Fisher matrix of the training losses in place of their Hessian: <c>Harm_i = v . (F + lambda I)^-1 dl_i/dW</c>.</summary>
[Plugin("fisher")]
public sealed class FisherEstimator : IInfluenceEstimator
{
    private static readonly ConjugateGradientOptions Stop = new() { Lambda = 0.1, Residual = 1e-6 };

    private InfluenceContext? _context;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) => _context = context;

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        using var gradients = ConfusionGradients.Of(confusions, context);
        using var v = gradients.Dense(0, confusions.Count);
        var solved = ConjugateGradients.Solve((x, token) => Multiply(context, x, token), v, Stop, cancellationToken);
        var targets = confusions.Zip(gradients.Distances, solved.Certificates)
            .Select(t => new TargetExplanation(t.First, t.Second.Evaluate(t.Second.Embeddings), [], "fisher") { Solver = t.Third });
        return new([.. targets], new Dictionary<string, Tensor> { ["h"] = solved.Values.DetachFromDisposeScope() });
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) => new Block(_context ?? throw new InvalidOperationException("Prepare must be called before At."), samples);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>F x = mean_i (g_i . x f_i) g_i f_i^T for a block of targets, (T, E, D), over blocks of training samples.</summary>
    private static Tensor Multiply(InfluenceContext context, Tensor x, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var product = zeros_like(x);
        foreach (var samples in SampleRange.Grid(context.TrainCount, 1024))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            using var block = new Block(context, samples);
            var moves = block.Features.mm(x.view(-1, x.shape[2]).t()).view(samples.Count, x.shape[0], -1);
            var gradients = block.Gradients.unsqueeze(1);
            var weights = (moves * gradients).sum(2, keepdim: true) * gradients;
            product.add_(weights.view(samples.Count, -1).t().mm(block.Features).view(x.shape));
        }

        return product.div_(context.TrainCount).MoveToOuterDisposeScope();
    }

    /// <summary>Features f_i and gradients g_i = dl_i/de_i; dl_i/dW = g_i f_i^T, so its product with h is g_i . h f_i.</summary>
    private sealed class Block : ISampleBlock
    {
        public Block(InfluenceContext context, SampleRange samples)
        {
            using var scope = NewDisposeScope();
            Features = context.TrainFeaturesAt(samples).to(context.Precision).DetachFromDisposeScope();
            var labels = context.TrainLabels.narrow(0, samples.Start, samples.Count);
            Gradients = LossGradients.InEmbeddings(context.Loss, LossGradients.Embed(context, Features), labels).DetachFromDisposeScope();
        }

        public Tensor Features { get; }

        public Tensor Gradients { get; }

        public Tensor Score(SolvedTargets targets)
        {
            using var scope = NewDisposeScope();
            var solutions = targets.State["h"];
            var harm = Enumerable.Range(0, targets.Targets.Count).Select(t => (Features.mm(solutions[t].t()) * Gradients).sum(1));
            return stack(harm).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            Features.Dispose();
            Gradients.Dispose();
        }
    }
}
