using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The mean Hessian of the training losses in W as a product: <c>H h = mean_i (B_i (h f_i)) f_i^T</c>, two matrix products over the cached
/// features for a target, in blocks of samples.
/// </summary>
internal sealed class MeanHessian : IDisposable
{
    /// <summary>Most elements of a block's matrices of embeddings and cosines, all targets together.</summary>
    private const long Elements = 1 << 23;

    private readonly InfluenceContext _context;

    public MeanHessian(InfluenceContext context, ICurvature curvature)
    {
        using var scope = NewDisposeScope();
        (_context, Curvature) = (context, curvature);
        Embeddings = cat([.. SampleRange.Grid(context.TrainCount, 4096).Select(block =>
        {
            using var features = context.TrainFeaturesAt(block);
            return LossGradients.Embed(context, features);
        })]).DetachFromDisposeScope();
    }

    /// <summary>B_i.</summary>
    public ICurvature Curvature { get; }

    /// <summary>(N, E).</summary>
    public Tensor Embeddings { get; }

    /// <summary>D.</summary>
    public long FeatureSize => _context.HeadWeight.shape[1];

    /// <summary>N.</summary>
    public long Count => _context.TrainCount;

    /// <summary>Blocks that keep the matrices of T directions a sample bounded.</summary>
    public IReadOnlyList<SampleRange> Blocks(long directions)
    {
        var proxies = _context.Loss is IProxyLoss loss ? loss.Proxies.shape[0] : 0;
        return SampleRange.Grid(Count, Math.Clamp(Elements / (directions * (_context.HeadWeight.shape[0] + proxies)), 16, 4096));
    }

    /// <summary>(n, D), the run's precision.</summary>
    public Tensor Features(SampleRange samples) => _context.TrainFeaturesAt(samples).to(_context.Precision);

    /// <summary>Derivatives of a block of samples.</summary>
    public ICurvatureBlock At(SampleRange samples)
    {
        // A view of the embeddings and one of the labels, which the block's owner disposes of with its scope.
        return Curvature.At(Embeddings.narrow(0, samples.Start, samples.Count), _context.TrainLabels.narrow(0, samples.Start, samples.Count));
    }

    /// <summary>H h.</summary>
    /// <param name="targets">(T, E, D), contiguous.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>(T, E, D).</returns>
    public Tensor Multiply(Tensor targets, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (count, embeddingSize, featureSize) = (targets.shape[0], targets.shape[1], targets.shape[2]);
        var flat = targets.view(-1, featureSize);
        var product = zeros_like(flat);
        foreach (var samples in Blocks(count))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            var features = Features(samples);
            using var block = At(samples);
            var moves = features.mm(flat.t()).view(samples.Count, count, embeddingSize);
            var curved = block.Multiply(new(0, samples.Count), moves).view(samples.Count, -1);
            product.addmm_(curved.t(), features, beta: 1, alpha: 1);
        }

        return product.div_(Count).view(targets.shape).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Embeddings.Dispose();
        Curvature.Dispose();
    }
}
