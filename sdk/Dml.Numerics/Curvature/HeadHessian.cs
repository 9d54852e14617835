using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The mean Hessian of the training losses in the head's W, as a product. With e linear in W the Hessian of one loss acts as
/// <c>H_i h = (B_i (h f_i)) f_i^T</c>, B_i the E x E Hessian of l_i in e_i, so <c>H h = mean_i (B_i (h f_i)) f_i^T</c>: two matrix
/// products over the cached features for a target, in blocks of samples. No matrix of (E D)^2 is formed.
/// </summary>
public sealed class HeadHessian : IDisposable
{
    /// <summary>Most elements of a block's matrices of embeddings and cosines, all targets together.</summary>
    private const long Elements = 1 << 23;

    /// <summary>Most elements of a block while the whole matrix is formed.</summary>
    private const long DenseElements = 1 << 22;

    private readonly InfluenceContext _context;
    private readonly ICurvature _curvature;

    /// <summary>Embeds the training samples, and takes the loss's second derivatives in closed form where it states them.</summary>
    /// <param name="context">The model; it must stay alive.</param>
    /// <param name="gaussNewton">Whether to leave out what can make H indefinite: <c>J^T H J</c> with H the Hessian of the loss in its outputs.</param>
    /// <exception cref="DmlException">Gauss-Newton of a loss without derivatives in closed form.</exception>
    public HeadHessian(InfluenceContext context, bool gaussNewton = false)
    {
        ArgumentNullException.ThrowIfNull(context);
        IsClosedForm = HasClosedForm(context.Loss);
        if (gaussNewton && !IsClosedForm)
        {
            throw new DmlException(
                "Expected a loss that states its derivatives in closed form (IProxyLoss.CurvatureAt) for a Gauss-Newton matrix, "
                    + $"found {context.Loss.GetType().Name}; take the full Hessian.");
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _context = context;
        _curvature = IsClosedForm ? new ProxyCurvature((IProxyLoss)context.Loss, context.Precision, gaussNewton) : new DoubleBackwardCurvature(context.Loss);
        Embeddings = cat([.. SampleRange.Grid(context.TrainCount, 4096).Select(block =>
        {
            using var features = context.TrainFeaturesAt(block);
            return LossGradients.Embed(context, features);
        })]).DetachFromDisposeScope();
    }

    /// <summary>Whether second derivatives come from the loss itself rather than from differentiating it twice.</summary>
    public bool IsClosedForm { get; }

    /// <summary><c>closed form</c> or <c>double backward</c>, for <see cref="TargetExplanation.Path"/>.</summary>
    public string Path => _curvature.Name;

    /// <summary>Embeddings of the training samples, (N, E), the context's precision.</summary>
    public Tensor Embeddings { get; }

    /// <summary>N.</summary>
    public long Count => _context.TrainCount;

    /// <summary>E.</summary>
    public long EmbeddingSize => _context.HeadWeight.shape[0];

    /// <summary>D.</summary>
    public long FeatureSize => _context.HeadWeight.shape[1];

    /// <summary>Whether a loss states its second derivatives in closed form.</summary>
    /// <param name="loss">The loss.</param>
    public static bool HasClosedForm(IMetricLoss loss) => ProxyCurvature.Serves(loss);

    /// <summary>H h of a block of targets: a <see cref="SymmetricOperator"/>.</summary>
    /// <param name="targets">h, (T, E, D), contiguous, the context's precision.</param>
    /// <param name="cancellationToken">Stops it between blocks of samples.</param>
    /// <returns>(T, E, D), a new tensor.</returns>
    public Tensor Multiply(Tensor targets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
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

    /// <summary>
    /// H itself, row e D + d: the mean of the Kronecker products of B_i and f_i f_i^T. For small heads: see <see cref="DenseSolver.MostRows"/>.
    /// </summary>
    /// <param name="cancellationToken">Stops it between blocks of samples.</param>
    /// <returns>(E D, E D), float64, symmetric, a new tensor.</returns>
    public Tensor ToMatrix(CancellationToken cancellationToken = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (embeddingSize, featureSize) = (EmbeddingSize, FeatureSize);
        var blocks = zeros([embeddingSize * embeddingSize, featureSize * featureSize], dtype: float64, device: Embeddings.device);
        var square = Math.Max(embeddingSize * embeddingSize, featureSize * featureSize);
        foreach (var samples in SampleRange.Grid(Count, Math.Max(1, DenseElements / square)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            var features = Features(samples).to(float64);
            using var block = At(samples);
            var unit = eye(embeddingSize, dtype: Embeddings.dtype, device: Embeddings.device).repeat(samples.Count, 1, 1);
            var curved = block.Multiply(new(0, samples.Count), unit).to(float64).view(samples.Count, -1);
            var outer = features.unsqueeze(2).bmm(features.unsqueeze(1)).view(samples.Count, -1);
            blocks.addmm_(curved.t(), outer, beta: 1, alpha: 1);
        }

        var whole = blocks.div_(Count).view(embeddingSize, embeddingSize, featureSize, featureSize).permute(0, 2, 1, 3)
            .reshape(embeddingSize * featureSize, embeddingSize * featureSize);

        // B_i is symmetric but for rounding.
        return ((whole + whole.t()) / 2).MoveToOuterDisposeScope();
    }

    /// <summary>Features of some training samples.</summary>
    /// <param name="samples">The samples.</param>
    /// <returns>(n, D), the context's precision; the caller disposes of them.</returns>
    public Tensor Features(SampleRange samples) => _context.TrainFeaturesAt(samples).to(_context.Precision);

    /// <summary>g_i = dl_i/de_i of some training samples; their gradients in W are <c>g_i f_i^T</c>.</summary>
    /// <param name="samples">The samples.</param>
    /// <returns>(n, E), a new tensor.</returns>
    public Tensor SampleGradients(SampleRange samples)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var block = At(samples);
        return block.Gradient().MoveToOuterDisposeScope();
    }

    /// <summary>Frees the embeddings.</summary>
    public void Dispose()
    {
        Embeddings.Dispose();
        _curvature.Dispose();
    }

    /// <summary>Derivatives of a block of samples. The block holds views of the embeddings and labels, which the caller's scope disposes of.</summary>
    internal ICurvatureBlock At(SampleRange samples) =>
        _curvature.At(Embeddings.narrow(0, samples.Start, samples.Count), _context.TrainLabels.narrow(0, samples.Start, samples.Count));

    /// <summary>Blocks that keep the matrices of T directions a sample bounded.</summary>
    internal IReadOnlyList<SampleRange> Blocks(long directions)
    {
        var proxies = _context.Loss is IProxyLoss loss ? loss.Proxies.shape[0] : 0;
        return SampleRange.Grid(Count, Math.Clamp(Elements / (directions * (_context.HeadWeight.shape[0] + proxies)), 16, 4096));
    }
}
