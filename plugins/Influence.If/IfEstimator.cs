using Dml.Numerics;
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
    /// <summary>lambda where nobody has chosen one and it is enough: the published damping times scale, 0.01 x 500.</summary>
    private const double UsualLambda = 5;

    private const string Stage = "inverse Hessian times the gradient of d";

    /// <summary>
    /// Most elements of a matrix (T, E, D) of targets that are solved together. Conjugate gradients hold a handful of such matrices. The
    /// recursion holds two and takes its steps for one sample at a time, which costs the same few calls however many the targets are.
    /// </summary>
    private long Elements => options.Solver == IfSolver.Lissa ? 1 << 26 : 1 << 24;

    private InfluenceContext? _context;
    private HeadHessian? _hessian;
    private LossShares? _shares;
    private DenseSolver? _exact;
    private HeadGradients? _gradients;
    private IHeadSolver? _prepared;
    private PositiveDamping? _damping;
    private double _scale;

    /// <inheritdoc/>
    public bool ExplainsBatchLosses => true;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var noGradient = no_grad();
        Dispose();
        var (embeddingSize, featureSize) = (context.HeadWeight.shape[0], context.HeadWeight.shape[1]);
        if (options.Solver == IfSolver.Exact && embeddingSize * featureSize > DenseSolver.MostRows)
        {
            throw new DmlException(
                $"estimator.solver: expected cg or lissa for a head of E x D = {embeddingSize} x {featureSize}, "
                    + $"found exact, which holds the whole Hessian and serves heads of at most {DenseSolver.MostRows} weights; set estimator.solver to cg.");
        }

        PreparedSolvers.Require(options, context);
        _context = context;
        if (context.Loss.IsMeanOfSamples) _hessian = new(context, GaussNewton(context.Loss));
        else _shares = Shares(context);
        if (options.Solver == IfSolver.Exact) _exact = Decompose(cancellationToken);
        _damping = options.Solver == IfSolver.Cg ? Damping(context.HeadWeight, cancellationToken) : _exact?.Damping;
        if (options.Solver.IsFisher()) _gradients = new(context, cancellationToken);
        _prepared = PreparedSolvers.Make(options, context, _gradients, Multiply, cancellationToken);
        if (options.Solver == IfSolver.Lissa) _scale = options.Scale ?? Lissa.LeastScale(_hessian!, options.Damping, cancellationToken);
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
        using var gradients = ConfusionGradients.Of(confusions, context);
        var (embeddingSize, featureSize) = (context.HeadWeight.shape[0], context.HeadWeight.shape[1]);
        var solutions = empty([confusions.Count, embeddingSize, featureSize], dtype: context.Precision, device: context.HeadWeight.device);
        var targets = new List<TargetExplanation>();
        foreach (var part in SampleRange.Grid(confusions.Count, Math.Clamp(Elements / (embeddingSize * featureSize), 1, 64)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var partScope = NewDisposeScope();
            var own = Solve(gradients, (int)part.Start, (int)part.Count, progress, cancellationToken);
            solutions.narrow(0, part.Start, part.Count).copy_(own.Values);
            targets.AddRange(own.Certificates.Select((certificate, i) => Explain((int)part.Start + i, certificate)));
            progress.Report(new(Stage, targets.Count, confusions.Count));
        }

        return _shares is null ? SolutionHarm.Solved(targets, solutions)
            : WholeHarm.Solved(targets, _shares.Along(solutions, cancellationToken), context);

        TargetExplanation Explain(int target, SolverCertificate certificate)
        {
            var distance = gradients.Distances[target];
            return new(confusions[target], distance.Evaluate(distance.Embeddings), [], _hessian?.Path ?? _shares!.Path) { Solver = Noted(certificate) };
        }
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) => _shares is not null ? WholeHarm.At(samples, _context!)
        : SolutionHarm.At(_hessian ?? throw new InvalidOperationException("Prepare must be called before At."), samples);

    /// <inheritdoc/>
    public void Dispose()
    {
        _exact?.Dispose();
        _hessian?.Dispose();
        _prepared?.Dispose();
        _gradients?.Dispose();
        (_exact, _hessian, _shares, _damping, _prepared, _gradients) = (null, null, null, null, null, null);
    }

    /// <summary>The Hessian of the training loss: the mean of those of the samples, or of the loss of batches.</summary>
    private Tensor Multiply(Tensor targets, CancellationToken cancellationToken) =>
        _hessian is null ? _shares!.Multiply(targets, cancellationToken) : _hessian.Multiply(targets, cancellationToken);

    private LossShares Shares(InfluenceContext context)
    {
        var name = context.Loss.GetType().Name;
        if (options.Solver == IfSolver.Lissa || options.Solver.IsFisher())
        {
            var found = options.Solver == IfSolver.Lissa ? "lissa, which takes the Hessians of samples one by one"
                : $"{options.Solver.Name()}, which takes the gradients of samples one by one";
            throw new DmlException("estimator.solver", $"cg, exact or arnoldi for {name}", found, "this loss is no mean of samples");
        }

        if (options.Hessian == IfHessian.GaussNewton)
        {
            throw new DmlException(
                "estimator.hessian", $"full for {name}", "gaussNewton, which is made of the derivatives of samples", "this loss is no mean of samples");
        }

        return new(context, options.Shares);
    }

    private LinearSolutions Solve(ConfusionGradients gradients, int first, int count, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        try
        {
            return options.Solver switch
            {
                IfSolver.Cg => Iterate(gradients.Dense(first, count), cancellationToken),
                IfSolver.Exact => _exact!.Solve(gradients.Dense(first, count)),
                not IfSolver.Lissa => _prepared!.Solve(gradients.Dense(first, count), cancellationToken),
                _ => Lissa.Solve(
                    _hessian!,
                    [.. gradients.Factors.Skip(first).Take(count)],
                    new() { Damping = options.Damping, Scale = _scale },
                    new SampleProgress(progress, first, gradients.Distances.Count),
                    cancellationToken),
            };
        }
        catch (SolverException error) when (options.Solver == IfSolver.Cg)
        {
            var other = options.Hessian == IfHessian.Full && _hessian is { IsClosedForm: true } ? ", or set estimator.hessian to gaussNewton" : "";
            throw error.Of("estimator.lambda", FormattableString.Invariant($"set estimator.lambda to at least {error.Sufficient:G4}{other}"));
        }
        catch (SolverException error)
        {
            throw error.Of("estimator.scale", FormattableString.Invariant($"set estimator.scale to at least {error.Sufficient:G4}, or leave it out"));
        }
    }

    /// <summary>Where the iteration meets curvature that the choice of lambda had not found, and nobody has set lambda, it is raised further.</summary>
    private LinearSolutions Iterate(Tensor rightSides, CancellationToken cancellationToken)
    {
        try
        {
            return ConjugateGradients.Solve(
                Multiply, rightSides,
                new() { Lambda = _damping!.Lambda, Residual = options.Residual, MaxIterations = options.MaxIterations }, cancellationToken);
        }
        catch (SolverException error) when (options.Lambda is null && error.Sufficient > _damping!.Lambda)
        {
            _damping = _damping with { Lambda = error.Sufficient.Value, Least = error.Sufficient.Value / -(1 + PositiveDamping.Margin) };
            return Iterate(rightSides, cancellationToken);
        }
    }

    /// <summary>The lambda that was asked for, as it is; else the usual one, or the least that is enough.</summary>
    private PositiveDamping Damping(Tensor like, CancellationToken cancellationToken)
    {
        if (options.Lambda is { } chosen) return new(chosen, chosen, 0);
        return options.Hessian == IfHessian.GaussNewton ? new(UsualLambda, UsualLambda, 0)
            : PositiveDamping.Of(Multiply, like, UsualLambda, cancellationToken);
    }

    private DenseSolver Decompose(CancellationToken cancellationToken)
    {
        using var matrix = _hessian is null ? _shares!.ToMatrix(cancellationToken) : _hessian.ToMatrix(cancellationToken);
        try
        {
            return options.Lambda is { } chosen ? new(matrix, chosen) : DenseSolver.Positive(matrix, UsualLambda);
        }
        catch (SolverException error)
        {
            throw error.Of("estimator.lambda", "set estimator.lambda to a larger value");
        }
    }

    /// <summary>A raised lambda is told beside what the solver has to tell.</summary>
    private SolverCertificate Noted(SolverCertificate certificate) => _damping is not { IsRaised: true } raised ? certificate
        : certificate with { Note = certificate.Note.Length == 0 ? raised.Note : $"{raised.Note}; {certificate.Note}" };

    private bool GaussNewton(IMetricLoss loss)
    {
        if (options.Hessian == IfHessian.Full) return false;
        return HeadHessian.HasClosedForm(loss) ? true : throw new DmlException(
            $"estimator.hessian: expected full for {loss.GetType().Name}, "
                + "found gaussNewton, which needs a loss that states its derivatives in closed form (IProxyLoss.CurvatureAt); set estimator.hessian to full.");
    }

    /// <summary>The recursion's samples within the targets.</summary>
    private sealed class SampleProgress(IProgress<ProgressReport> progress, int first, int targets) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value) => progress.Report(new(Stage, first, targets, $"training sample {value.Done} of {value.Total}"));
    }
}
