using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>How <c>H^-1 v</c> is computed.</summary>
public enum IfSolver
{
    /// <summary>Conjugate gradients on <c>(H + lambda I) h = v</c>, to a stated residual.</summary>
    Cg,

    /// <summary>The published recursion, one pass over the training samples in their order.</summary>
    Lissa,

    /// <summary>The whole Hessian in float64, for small heads.</summary>
    Exact,

    /// <summary>The Fisher matrix in its Kronecker eigenbasis, with eigenvalues fitted there (EK-FAC).</summary>
    Ekfac,

    /// <summary>The mean of the inverses of the samples' own Fisher matrices.</summary>
    Datainf,

    /// <summary>The largest positive eigenvalues of the Hessian alone.</summary>
    Arnoldi,

    /// <summary>The Fisher matrix of gradients that are projected on both sides (LoGRA).</summary>
    Logra,
}

/// <summary>Which second derivative of the losses H is.</summary>
public enum IfHessian
{
    /// <summary>The Hessian itself, which may be indefinite.</summary>
    Full,

    /// <summary><c>J^T H J</c> with H the Hessian of the loss in its outputs and J their derivative: never negative.</summary>
    GaussNewton,
}

/// <summary>Options of the influence function.</summary>
public sealed record IfOptions
{
    /// <summary>cg, lissa or exact: how the inverse Hessian is applied; or ekfac, datainf, arnoldi or logra, which put an approximation in its place.</summary>
    public IfSolver Solver { get; init; } = IfSolver.Cg;

    /// <summary>full, or gaussNewton, which leaves out what can make H indefinite; it needs a loss with derivatives in closed form.</summary>
    public IfHessian Hessian { get; init; } = IfHessian.Full;

    /// <summary>
    /// lambda, what cg and exact add to the diagonal of H, the mean over the training samples. null takes 5, the published damping times scale, or where H
    /// + 5 I is not positive the least that makes it so, with a margin of 5 %. For ekfac, datainf and logra null is a tenth of the mean eigenvalue of the
    /// Fisher matrix, for arnoldi a tenth of the mean of those that it keeps.
    /// </summary>
    [Range(0, 1e12)]
    public double? Lambda { get; init; }

    /// <summary>cg ends a confusion at <c>||v - (H + lambda I) h|| / ||v||</c> of at most this.</summary>
    [Range(1e-13, 0.5)]
    public double Residual { get; init; } = 1e-3;

    /// <summary>Most iterations of cg; a confusion that ends there says so in its certificate.</summary>
    [Range(1, 100000)]
    public int MaxIterations { get; init; } = 200;

    /// <summary>What lissa takes off h at each sample: it forgets with 1 - damping a step.</summary>
    [Range(0, 0.999)]
    public double Damping { get; init; } = 0.01;

    /// <summary>What lissa divides Hessians by; 500 is the published one, null finds the least that cannot diverge by power iteration.</summary>
    [Range(1e-12, 1e15)]
    public double? Scale { get; init; }

    /// <summary>
    /// Eigenvalues that arnoldi keeps, 50 where null; directions of features and of loss gradients that logra keeps, 32 of each where null. A head with fewer
    /// is kept whole.
    /// </summary>
    [Range(1, 4096)]
    public int? Rank { get; init; }

    /// <summary>pca or random: which directions logra keeps.</summary>
    public GradientProjection Projection { get; init; } = GradientProjection.Pca;

    /// <summary>Random projections whose results logra averages; without effect with pca.</summary>
    [Range(1, 1000)]
    public int Draws { get; init; } = 1;

    /// <summary>Decides logra's random projections and arnoldi's first direction.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>
    /// For a loss that is no mean of samples: whose loss the samples' shares are of. of: batches as in training, each sample of the largest class drawn
    /// passes times, or full, the whole training set as one batch; seed decides the draws.
    /// </summary>
    public ShareOptions Shares { get; init; } = new();
}
