using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The head at which <c>F(W) = mean_i l_i(W) + lambda / 2 ||W - W_0||^2</c> has no slope, from the run's head W_0 downhill in float64. There
/// <c>W = W_0 - sum_i g_i f_i^T / (lambda N)</c>: every training sample has a part in it, and the parts are all there is.
/// </summary>
internal sealed class PulledHead : IDisposable
{
    private const int SamplesAtATime = 1024;

    /// <summary>Fits.</summary>
    /// <param name="context">The model; nothing in it is changed.</param>
    /// <param name="lambda">lambda.</param>
    /// <param name="options">When to stop.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="DmlException">Gradients are not finite.</exception>
    public PulledHead(
        InfluenceContext context, double lambda, RepresenterPointsOptions options, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (start, bias) = (context.HeadWeight.detach().to(float64), context.HeadBias.detach().to(float64));
        var found = Lbfgs.Minimise(
            At, start, new() { Residual = options.Residual, Iterations = options.Iterations, Curvature = lambda },
            done => progress.Report(new("fit of the head with a pull back to the run's", done, options.Iterations)), cancellationToken);
        if (!double.IsFinite(found.Residual))
        {
            throw new DmlException(
                null, "training losses with finite gradients in W", "NaN or infinity", "check features, head and loss for extreme values");
        }

        (Lambda, Iterations, Residual, IsAtRest) = (lambda, found.Iterations, found.Residual, found.IsAtRest);
        Moved = (found.Point - start).norm().item<double>() / start.norm().item<double>();
        Weight = found.Point.DetachFromDisposeScope();

        (double Value, Tensor Slope) At(Tensor weight)
        {
            using var own = NewDisposeScope();
            var pull = weight - start;
            var value = 0.5 * lambda * pull.square().sum().item<double>();
            var slope = pull.mul(lambda);
            foreach (var samples in SampleRange.Grid(context.TrainCount, SamplesAtATime))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var block = NewDisposeScope();
                var features = context.TrainFeaturesAt(samples).to(float64);
                var (losses, gradients) = Losses(context, addmm(bias, features, weight.t(), 1, 1), samples);
                value += losses / context.TrainCount;
                slope.addmm_(gradients.div_(context.TrainCount).t(), features, beta: 1, alpha: 1);
            }

            return (value, slope.MoveToOuterDisposeScope());
        }
    }

    /// <summary>W, (E, D), float64.</summary>
    public Tensor Weight { get; }

    /// <summary>The pull.</summary>
    public double Lambda { get; }

    /// <summary>Whether the fit came to rest; a head that did not has no parts.</summary>
    public bool IsAtRest { get; }

    /// <summary>Steps that it took.</summary>
    public int Iterations { get; }

    /// <summary>What is left of the first gradient's norm, as a share.</summary>
    public double Residual { get; }

    /// <summary><c>||W - W_0|| / ||W_0||</c>.</summary>
    public double Moved { get; }

    /// <summary>Frees the head.</summary>
    public void Dispose() => Weight.Dispose();

    /// <summary>The sum of a block's losses, and their gradients in its embeddings, (n, E).</summary>
    private static (double Losses, Tensor Gradients) Losses(InfluenceContext context, Tensor embeddings, SampleRange samples)
    {
        using var gradient = enable_grad();
        using var scope = NewDisposeScope();
        var followed = embeddings.detach().requires_grad_();
        var losses = context.Loss.PerSample(followed, context.TrainLabels.narrow(0, samples.Start, samples.Count)).sum();
        return (losses.item<double>(), Gradients.Of(losses, followed).MoveToOuterDisposeScope());
    }
}
