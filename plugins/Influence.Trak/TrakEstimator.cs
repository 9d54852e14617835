using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// TRAK (Park, Georgiev, Ilyas, Leclerc, Madry, ICML 2023) of the head: the model is taken to be linear in an output function f of each sample, with
/// <c>phi_i = P vec(df_i/dW)</c> for a random P, and <c>Harm_i = -(1 - p_i) phi(d)^T (Phi^T Phi / N + lambda I)^-1 phi_i</c>, <c>phi(d) = P vec(dd/dW)</c>,
/// averaged over draws of P. For a softmax loss of cosines f is the log odds of <c>p = exp(-l)</c>, for any other <c>-l</c> with weight 1. Prefer it where
/// gradients are many and long, as the baseline that others compare with; of a small head <c>if</c> needs no projection.
/// </summary>
/// <remarks>
/// <c>dl_i/dW = -(1 - p_i) df_i/dW</c>, so the score is the product of <c>h = P^T (Phi^T Phi / N + lambda I)^-1 P dd/dW</c> with dl_i/dW itself. With
/// <c>ensemble</c> there are several models, and as in the paper the mean of 1 - p_i over them is multiplied with the mean of what each predicts.
/// </remarks>
[Plugin("trak")]
public sealed class TrakEstimator(TrakOptions options) : IInfluenceEstimator
{
    private const string Stage = "projections of the gradient of d";

    /// <summary>Most elements of a matrix (T, E, D) of targets that are solved together.</summary>
    private const long Elements = 1 << 24;

    /// <summary>The explained model, and then the others of an ensemble.</summary>
    private readonly List<TrakModel> _models = [];

    private InfluenceContext? _context;
    private string _path = "";

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        Dispose();
        if (options.Ensemble && context.Checkpoints.Count == 0)
        {
            throw new DmlException(
                "estimator.ensemble", "false for a model without checkpoints", "true",
                $"give features files of other trainings of the same items by {Mention.Option("checkpoints")}, or leave it out");
        }

        _context = context;
        var ofOdds = options.Output == TrakOutput.LogOdds || (options.Output == TrakOutput.Auto && context.Loss is SoftmaxProxyLoss);
        _path = ofOdds ? "log odds of exp(-loss)" : "-loss";
        if (options.Ensemble) _path += FormattableString.Invariant($", {context.Checkpoints.Count + 1} models");
        foreach (var (index, model) in context.Checkpoints.Take(options.Ensemble ? int.MaxValue : 0).Prepend(context).Index())
        {
            // The explained model's projections are the same with and without others.
            _models.Add(new(model, ofOdds, options with { Seed = unchecked(options.Seed + index) }, progress, cancellationToken));
        }
    }

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var targets = new List<TargetExplanation>();
        var state = new Dictionary<string, Tensor>();
        var (embeddingSize, featureSize) = (context.HeadWeight.shape[0], context.HeadWeight.shape[1]);
        foreach (var (index, model) in _models.Index())
        {
            using var gradients = ConfusionGradients.Of(confusions, model.Context);
            var solutions = empty([confusions.Count, embeddingSize, featureSize], dtype: context.Precision, device: context.HeadWeight.device);
            foreach (var part in SampleRange.Grid(confusions.Count, Math.Max(Elements / (embeddingSize * featureSize), 1)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var partScope = NewDisposeScope();
                var own = model.Solver.Solve(gradients.Dense((int)part.Start, (int)part.Count), cancellationToken);
                solutions.narrow(0, part.Start, part.Count).copy_(own.Values);
                foreach (var certificate in index == 0 ? own.Certificates : [])
                {
                    var distance = gradients.Distances[targets.Count];
                    targets.Add(new(confusions[targets.Count], distance.Evaluate(distance.Embeddings), [], _path) { Solver = certificate });
                }

                progress.Report(new(Stage, (index * confusions.Count) + part.Start + part.Count, _models.Count * confusions.Count));
            }

            state[Name(index)] = solutions;
        }

        foreach (var solutions in state.Values) solutions.DetachFromDisposeScope();
        return new(targets, state);
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) =>
        _models.Count == 0 ? throw new InvalidOperationException("Prepare must be called before At.") : new Block(_models, samples);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in _models) model.Dispose();
        _models.Clear();
    }

    private static string Name(int model) => model == 0 ? "h" : FormattableString.Invariant($"h of model {model}");

    private sealed class Block(IReadOnlyList<TrakModel> models, SampleRange samples) : ISampleBlock
    {
        private readonly ISampleBlock[] _blocks = [.. models.Select(m => SolutionHarm.At(m.Samples, samples))];

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            if (models.Count == 1) return Of(0).MoveToOuterDisposeScope();
            var predicted = Of(0) * Slopes(0);
            var weights = Slopes(0).reciprocal();
            for (var m = 1; m < models.Count; m++)
            {
                predicted.add_(Of(m) * Slopes(m));
                weights.add_(Slopes(m).reciprocal());
            }

            return predicted.mul_(weights).div_(models.Count * models.Count).to(models[0].Context.Precision).MoveToOuterDisposeScope();

            Tensor Of(int model) => _blocks[model].Score(SolutionHarm.Solved(targets.Targets, targets.State[Name(model)]));

            Tensor Slopes(int model) => models[model].Slopes.narrow(0, samples.Start, samples.Count);
        }

        public void Dispose()
        {
            foreach (var block in _blocks) block.Dispose();
        }
    }
}
