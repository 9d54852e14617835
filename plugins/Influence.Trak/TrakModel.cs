using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>A model with the projections of its gradients.</summary>
internal sealed class TrakModel : IDisposable
{
    /// <summary>Least 1 - p: a sample whose loss is as small has no gradient that rounding has not reached.</summary>
    private const double LeastDoubt = 1e-12;

    private readonly HeadGradients _gradients;

    /// <summary>Projects.</summary>
    /// <param name="context">The model; it must stay alive.</param>
    /// <param name="ofOdds">Whether the output is the log odds of the right class, else the loss.</param>
    /// <param name="options">The projections.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">The kernel has no inverse, or a loss below 0 has no odds.</exception>
    public TrakModel(InfluenceContext context, bool ofOdds, TrakOptions options, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Context = context;
        _gradients = new(context, cancellationToken);
        Samples = new(context);
        try
        {
            Slopes = ofOdds ? SlopesOf(context, _gradients) : ones([_gradients.Count], dtype: float64, device: _gradients.Values.device);
            Solver = new(
                _gradients, Slopes, new() { Dimensions = options.Dimensions, Draws = options.Draws, Seed = options.Seed, Lambda = options.Lambda },
                progress, cancellationToken);
            Slopes.DetachFromDisposeScope();
        }
        catch (SolverException error)
        {
            Free();
            throw error.Of("estimator.lambda", "set estimator.lambda to a larger value, or leave it out");
        }
        catch
        {
            Free();
            throw;
        }
    }

    /// <summary>The model.</summary>
    public InfluenceContext Context { get; }

    /// <summary>Features and gradients of its training samples.</summary>
    public HeadHessian Samples { get; }

    /// <summary>1 / (1 - p_i), (N), float64: df_i/dW is -dl_i/dW times it.</summary>
    public Tensor Slopes { get; }

    /// <summary>The projections.</summary>
    public KernelSolver Solver { get; }

    /// <summary>Frees what was kept.</summary>
    public void Dispose()
    {
        Solver.Dispose();
        Slopes.Dispose();
        Free();
    }

    private void Free()
    {
        _gradients.Dispose();
        Samples.Dispose();
    }

    private static Tensor SlopesOf(InfluenceContext context, HeadGradients gradients)
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
