using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>The solvers that put an approximation in the place of the inverse Hessian, which is made once for all confusions.</summary>
internal static class PreparedSolvers
{
    private const int UsualEigenvalues = 50;
    private const int UsualDirections = 32;

    /// <summary>Whether a solver is made of the gradients of single samples rather than of the Hessian.</summary>
    public static bool IsFisher(this IfSolver solver) => solver is IfSolver.Ekfac or IfSolver.Datainf or IfSolver.Logra;

    /// <summary>Its name in options.</summary>
    public static string Name(this IfSolver solver) => solver switch
    {
        IfSolver.Ekfac => "ekfac",
        IfSolver.Datainf => "datainf",
        IfSolver.Arnoldi => "arnoldi",
        IfSolver.Logra => "logra",
        IfSolver.Lissa => "lissa",
        IfSolver.Exact => "exact",
        _ => "cg",
    };

    /// <summary>Refuses options that the solver cannot follow.</summary>
    /// <exception cref="DmlException">Gauss-Newton of a Fisher matrix, or a rank whose projected Fisher matrix is too large.</exception>
    public static void Require(IfOptions options, InfluenceContext context)
    {
        if (options.Solver.IsFisher() && options.Hessian == IfHessian.GaussNewton)
        {
            throw new DmlException(
                "estimator.hessian", $"full for {options.Solver.Name()}, which computes with the Fisher matrix", "gaussNewton",
                "leave estimator.hessian out, or set estimator.solver to cg, exact or arnoldi");
        }

        if (options.Solver != IfSolver.Logra) return;
        var (rank, embeddingSize, featureSize) = (options.Rank ?? UsualDirections, context.HeadWeight.shape[0], context.HeadWeight.shape[1]);
        var rows = ProjectedFisherSolver.Rows(embeddingSize, featureSize, rank);
        if (rows <= DenseSolver.MostRows) return;
        throw new DmlException(
            "estimator.rank", $"a rank for logra of which a head of E x D = {embeddingSize} x {featureSize} keeps at most {DenseSolver.MostRows} directions",
            $"{rank}, which keeps {rows}", "set estimator.rank to 64 or less");
    }

    /// <summary>Makes it; null for cg, lissa and exact.</summary>
    public static IHeadSolver? Make(
        IfOptions options, InfluenceContext context, HeadGradients? gradients, SymmetricOperator hessian, CancellationToken cancellationToken)
    {
        try
        {
            return options.Solver switch
            {
                IfSolver.Ekfac => new EkfacSolver(gradients!, options.Lambda, cancellationToken),
                IfSolver.Datainf => new DataInfSolver(gradients!, options.Lambda),
                IfSolver.Logra => new ProjectedFisherSolver(
                    gradients!,
                    new()
                    {
                        Rank = options.Rank ?? UsualDirections,
                        Projection = options.Projection,
                        Draws = options.Draws,
                        Seed = options.Seed,
                        Lambda = options.Lambda,
                    },
                    cancellationToken),
                IfSolver.Arnoldi => new SpectralSolver(
                    hessian, context.HeadWeight, options.Rank ?? UsualEigenvalues, options.Lambda, options.Seed, cancellationToken),
                _ => null,
            };
        }
        catch (SolverException error) when (options.Solver == IfSolver.Arnoldi)
        {
            throw error.Of("estimator.solver", "set estimator.solver to cg or ekfac");
        }
        catch (SolverException error)
        {
            throw error.Of("estimator.lambda", "set estimator.lambda to a larger value, or leave it out");
        }
    }
}
