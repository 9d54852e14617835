using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The gradients of the training losses in the head's W, in float64: <c>dl_i/dW = g_i f_i^T</c> with <c>g_i = dl_i/de_i</c>. The g_i are kept, N x E numbers;
/// features are read in blocks. Their second moment is the Fisher matrix <c>F = mean_i vec(g_i f_i^T) vec(g_i f_i^T)^T</c> (with the labels as they are:
/// the empirical one), which is never negative and of which solvers hold approximations.
/// </summary>
public sealed class HeadGradients : IDisposable
{
    /// <summary>Most elements of the matrices of a block of samples.</summary>
    private const long Elements = 1 << 22;

    private readonly InfluenceContext _context;

    /// <summary>Embeds the training samples and differentiates their losses.</summary>
    /// <param name="context">The model; it must stay alive.</param>
    /// <param name="cancellationToken">Stops it between blocks of samples.</param>
    /// <exception cref="DmlException">The loss is no mean of samples, a gradient is NaN or infinite, or all of them are 0.</exception>
    public HeadGradients(InfluenceContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _context = context;
        using var hessian = new HeadHessian(context with { HeadWeight = Wide(context.HeadWeight), HeadBias = Wide(context.HeadBias) });
        Path = hessian.Path;
        Embeddings = hessian.Embeddings.clone();
        Values = empty_like(Embeddings);
        foreach (var samples in hessian.Blocks(1))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            var own = hessian.SampleGradients(samples);
            Values.narrow(0, samples.Start, samples.Count).copy_(own);
            Trace += own.square().sum(1).mul_(hessian.Features(samples).square().sum(1)).sum().item<double>() / Count;
        }

        if (!double.IsFinite(Trace) || Trace == 0)
        {
            throw new DmlException(
                null, "training losses with finite gradients in W that are not all 0", Trace == 0 ? "zeros" : "NaN or infinity",
                "check features, head and loss for extreme values");
        }

        (Embeddings, Values) = (Embeddings.DetachFromDisposeScope(), Values.DetachFromDisposeScope());
    }

    /// <summary>How gradients were formed, for <see cref="TargetExplanation.Path"/>: <c>closed form</c> or <c>double backward</c>.</summary>
    public string Path { get; }

    /// <summary>e_i, (N, E), float64.</summary>
    public Tensor Embeddings { get; }

    /// <summary>g_i, (N, E), float64.</summary>
    public Tensor Values { get; }

    /// <summary>Trace of the Fisher matrix, <c>mean_i ||g_i||^2 ||f_i||^2</c>; above 0.</summary>
    public double Trace { get; }

    /// <summary>N.</summary>
    public long Count => _context.TrainCount;

    /// <summary>E.</summary>
    public long EmbeddingSize => _context.HeadWeight.shape[0];

    /// <summary>D.</summary>
    public long FeatureSize => _context.HeadWeight.shape[1];

    /// <summary>Calls for one block of samples after the other, each within a dispose scope of its own.</summary>
    /// <param name="perSample">How many elements a sample needs: few samples are given at once where it needs many.</param>
    /// <param name="visit">Receives the samples, their features (n, D) and their g_i (n, E), both float64 and never to be written to.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public void ForEach(long perSample, Action<SampleRange, Tensor, Tensor> visit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(visit);
        foreach (var samples in SampleRange.Grid(Count, Math.Clamp(Elements / Math.Max(1, perSample), 16, 4096)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            visit(samples, _context.TrainFeaturesAt(samples).to(float64), Values.narrow(0, samples.Start, samples.Count));
        }
    }

    /// <summary>The second moments of features, <c>A = mean_i f_i f_i^T</c>, and of loss gradients, <c>S = mean_i g_i g_i^T</c>: K-FAC's two factors.</summary>
    /// <param name="cancellationToken">Stops it between blocks of samples.</param>
    /// <returns>A, (D, D), and S, (E, E), both float64, symmetric.</returns>
    public (Tensor Features, Tensor Gradients) SecondMoments(CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var features = zeros(FeatureSize, FeatureSize, float64, Values.device);
        ForEach(FeatureSize, (_, f, _) => features.addmm_(f.t(), f, beta: 1, alpha: 1), cancellationToken);
        return (features.div_(Count).MoveToOuterDisposeScope(), Values.t().mm(Values).div_(Count).MoveToOuterDisposeScope());
    }

    /// <summary>lambda where nobody has chosen one: a tenth of the mean eigenvalue of a Fisher matrix.</summary>
    /// <param name="chosen">The lambda that was asked for, or null.</param>
    /// <param name="trace">Its trace.</param>
    /// <param name="size">Its rows.</param>
    internal static double Damping(double? chosen, double trace, long size) => chosen ?? 0.1 * trace / size;

    /// <summary>Frees embeddings and gradients.</summary>
    public void Dispose()
    {
        Embeddings.Dispose();
        Values.Dispose();
    }

    private static Tensor Wide(Tensor parameter) => parameter.detach().to(float64, copy: true);
}
