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
/// <c>dl_i/dW = -(1 - p_i) df_i/dW</c>, so the score is the product of <c>h = P^T (Phi^T Phi / N + lambda I)^-1 P dd/dW</c> with dl_i/dW itself. The paper's
/// ensemble is of models too; here it is of the one that is explained.
/// </remarks>
[Plugin("trak")]
public sealed class TrakEstimator(TrakOptions options) : IInfluenceEstimator
{
    private const string Stage = "projections of the gradient of d";

    /// <summary>Most elements of a matrix (T, E, D) of targets that are solved together.</summary>
    private const long Elements = 1 << 24;

    /// <summary>Least 1 - p: a sample whose loss is as small has no gradient that rounding has not reached.</summary>
    private const double LeastDoubt = 1e-12;

    private InfluenceContext? _context;
    private HeadHessian? _samples;
    private HeadGradients? _gradients;
    private KernelSolver? _solver;
    private string _path = "";

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Dispose();
        _context = context;
        _gradients = new(context, cancellationToken);
        _samples = new(context);
        var ofOdds = options.Output == TrakOutput.LogOdds || (options.Output == TrakOutput.Auto && context.Loss is SoftmaxProxyLoss);
        _path = ofOdds ? "log odds of exp(-loss)" : "-loss";
        var slopes = ofOdds ? Slopes(context, _gradients) : ones_like(_gradients.Values.select(1, 0));
        try
        {
            _solver = new(
                _gradients, slopes, new() { Dimensions = options.Dimensions, Draws = options.Draws, Seed = options.Seed, Lambda = options.Lambda },
                progress, cancellationToken);
        }
        catch (SolverException error)
        {
            throw error.Of("estimator.lambda", "set estimator.lambda to a larger value, or leave it out");
        }
    }

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var (context, solver) = (_context, _solver) is ({ } c, { } s) ? (c, s) : throw new InvalidOperationException("Prepare must be called before Solve.");
        cancellationToken.ThrowIfCancellationRequested();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var gradients = ConfusionGradients.Of(confusions, context);
        var (embeddingSize, featureSize) = (context.HeadWeight.shape[0], context.HeadWeight.shape[1]);
        var solutions = empty([confusions.Count, embeddingSize, featureSize], dtype: context.Precision, device: context.HeadWeight.device);
        var targets = new List<TargetExplanation>();
        foreach (var part in SampleRange.Grid(confusions.Count, Math.Max(Elements / (embeddingSize * featureSize), 1)))
        {
            using var partScope = NewDisposeScope();
            var own = solver.Solve(gradients.Dense((int)part.Start, (int)part.Count), cancellationToken);
            solutions.narrow(0, part.Start, part.Count).copy_(own.Values);
            foreach (var certificate in own.Certificates)
            {
                var distance = gradients.Distances[targets.Count];
                targets.Add(new(confusions[targets.Count], distance.Evaluate(distance.Embeddings), [], _path) { Solver = certificate });
            }

            progress.Report(new(Stage, targets.Count, confusions.Count));
        }

        return SolutionHarm.Solved(targets, solutions);
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) =>
        SolutionHarm.At(_samples ?? throw new InvalidOperationException("Prepare must be called before At."), samples);

    /// <inheritdoc/>
    public void Dispose()
    {
        _solver?.Dispose();
        _gradients?.Dispose();
        _samples?.Dispose();
        (_solver, _gradients, _samples) = (null, null, null);
    }

    /// <summary>1 / (1 - p_i), (N): from the loss to its log odds.</summary>
    private static Tensor Slopes(InfluenceContext context, HeadGradients gradients)
    {
        using var scope = NewDisposeScope();
        var losses = empty([gradients.Count], dtype: float64, device: gradients.Values.device);
        foreach (var samples in SampleRange.Grid(gradients.Count, 4096))
        {
            using var blockScope = NewDisposeScope();
            losses.narrow(0, samples.Start, samples.Count).copy_(context.Loss.PerSample(
                gradients.Embeddings.narrow(0, samples.Start, samples.Count), context.TrainLabels.narrow(0, samples.Start, samples.Count)));
        }

        var least = losses.min().item<double>();
        if (least < -1e-6)
        {
            throw new DmlException(
                "estimator.output", "loss or auto for a loss below 0, which is no negative logarithm of a probability",
                FormattableString.Invariant($"logOdds with a loss of {least:G4} of a training sample"), "set estimator.output to loss");
        }

        return losses.neg_().expm1().neg_().clamp_min_(LeastDoubt).reciprocal_().MoveToOuterDisposeScope();
    }
}
