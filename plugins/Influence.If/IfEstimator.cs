using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The classic influence function (Koh and Liang, ICML 2017) on the distance of the confused items: <c>Harm_i = v^T H^-1 g_i</c> with
/// v = dd/dW, g_i = dl_i/dW and H the Hessian of the training losses. Positive: giving the sample more weight draws the confused items together.
/// Prefer <c>eif</c> (Liu et al., NeurIPS 2022) for finding causes, and this one as the baseline or where the model's curvature is to count.
/// </summary>
[Plugin("if")]
public sealed class IfEstimator(IfOptions options) : IInfluenceEstimator
{
    private const string SolutionsName = "h";

    private const string Stage = "inverse Hessian times the gradient of d";

    /// <summary>
    /// Most elements of a matrix (T, E, D) of targets that are solved together. Conjugate gradients hold a handful of such matrices. The
    /// recursion holds two and takes its steps for one sample at a time, which costs the same few calls however many the targets are.
    /// </summary>
    private long Elements => options.Solver == IfSolver.Lissa ? 1 << 26 : 1 << 24;

    private InfluenceContext? _context;
    private MeanHessian? _hessian;
    private ExactHessian? _exact;
    private double _scale;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var noGradient = no_grad();
        Dispose();
        var (embeddingSize, featureSize) = (context.HeadWeight.shape[0], context.HeadWeight.shape[1]);
        if (options.Solver == IfSolver.Exact && embeddingSize * featureSize > ExactHessian.MostRows)
        {
            throw new DmlException(
                $"estimator.solver: expected cg or lissa for a head of E x D = {embeddingSize} x {featureSize}, found exact, which holds the whole Hessian and serves heads of at most {ExactHessian.MostRows} weights; set estimator.solver to cg.");
        }

        _context = context;
        _hessian = new(context, Curvature(context));
        if (options.Solver == IfSolver.Exact) _exact = new(_hessian, options.Lambda, cancellationToken);
        if (options.Solver == IfSolver.Lissa) _scale = options.Scale ?? LissaScale.Of(_hessian, options.Damping, cancellationToken);
    }

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        cancellationToken.ThrowIfCancellationRequested();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var gradients = TargetGradients.Of(confusions, context);
        var (embeddingSize, featureSize) = (context.HeadWeight.shape[0], context.HeadWeight.shape[1]);
        var solutions = empty([confusions.Count, embeddingSize, featureSize], dtype: context.Precision, device: context.HeadWeight.device);
        var targets = new List<TargetExplanation>();
        foreach (var part in SampleRange.Grid(confusions.Count, Math.Clamp(Elements / (embeddingSize * featureSize), 1, 64)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var partScope = NewDisposeScope();
            var (own, certificates) = Solve(gradients, (int)part.Start, (int)part.Count, progress, cancellationToken);
            solutions.narrow(0, part.Start, part.Count).copy_(own);
            targets.AddRange(certificates.Select((certificate, i) => Explain((int)part.Start + i, certificate)));
            progress.Report(new(Stage, targets.Count, confusions.Count));
        }

        return new(targets, new Dictionary<string, Tensor> { [SolutionsName] = solutions.DetachFromDisposeScope() });

        TargetExplanation Explain(int target, SolverCertificate certificate)
        {
            var distance = gradients.Distances[target];
            return new(confusions[target], distance.Evaluate(distance.Embeddings), [], _hessian!.Curvature.Name) { Solver = certificate };
        }
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) => new Block(_hessian ?? throw new InvalidOperationException("Prepare must be called before At."), samples);

    /// <inheritdoc/>
    public void Dispose()
    {
        _exact?.Dispose();
        _hessian?.Dispose();
        (_exact, _hessian) = (null, null);
    }

    private (Tensor Solutions, IReadOnlyList<SolverCertificate> Certificates) Solve(
        TargetGradients gradients, int first, int count, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        switch (options.Solver)
        {
            case IfSolver.Cg: return new ConjugateGradients(_hessian!, options).Solve(gradients.Dense(first, count), cancellationToken);
            case IfSolver.Exact: return _exact!.Solve(gradients.Dense(first, count));
            default:
                var samples = _hessian!.Count;
                var solutions = new Lissa(_hessian, options, _scale).Solve(
                    gradients, first, count, done => progress.Report(new(Stage, first, gradients.Distances.Count, $"training sample {done} of {samples}")), cancellationToken);
                var note = FormattableString.Invariant(
                    $"scale {_scale:G4}; one pass that forgets with {1 - options.Damping:G4} a step, so it solves no system to a residual; it aims at lambda = damping x scale = {options.Damping * _scale:G4}");
                return (solutions, [.. Enumerable.Repeat(new SolverCertificate("lissa", (int)samples, null, null, note), count)]);
        }
    }

    private ICurvature Curvature(InfluenceContext context)
    {
        var gaussNewton = options.Hessian == IfHessian.GaussNewton;
        if (ProxyCurvature.Serves(context.Loss)) return new ProxyCurvature((IProxyLoss)context.Loss, context.Precision, gaussNewton);
        if (!gaussNewton) return new DoubleBackwardCurvature(context.Loss);
        throw new DmlException(
            $"estimator.hessian: expected full for {context.Loss.GetType().Name}, found gaussNewton, which needs a loss that states its derivatives in closed form (IProxyLoss.CurvatureAt); set estimator.hessian to full.");
    }

    /// <summary>dl_i/dW = g_i f_i^T, so its product with h is g_i . h f_i.</summary>
    private sealed class Block : ISampleBlock
    {
        private readonly Tensor _features;
        private readonly Tensor _lossGradients;

        public Block(MeanHessian hessian, SampleRange samples)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _features = hessian.Features(samples).DetachFromDisposeScope();
            using var block = hessian.At(samples);
            _lossGradients = block.Gradient().DetachFromDisposeScope();
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var solutions = targets.State[SolutionsName];
            var harm = empty([solutions.shape[0], _features.shape[0]], dtype: _features.dtype, device: _features.device);
            for (var t = 0; t < solutions.shape[0]; t++)
            {
                using var targetScope = NewDisposeScope();
                harm[t].copy_(_features.mm(solutions[t].to(_features.device).t()).mul_(_lossGradients).sum(dim: 1));
            }

            return harm.MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _features.Dispose();
            _lossGradients.Dispose();
        }
    }
}
