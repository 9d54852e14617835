using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The exact path for losses of proxy cosines. With theta' = W + C^T F_G a sample needs only <c>k_i = F_G f_i</c> (r numbers):
/// <c>dq = 2 k.(C e) + k^T (C C^T) k</c> is the change of its squared norm, and the change of a cosine follows from it and from
/// <c>k . C n(p)</c>. Nothing of size D is touched twice and no pair of losses is subtracted (numerics, section 6).
/// </summary>
internal sealed class FastLossChanges : ILossChanges
{
    /// <summary>Most elements of a block's cosine matrix.</summary>
    private const long BlockElements = 1 << 22;

    private const long LargestBlock = 8192;

    private readonly InfluenceContext _context;
    private readonly IProxyLoss _loss;
    private readonly Tensor _unitProxies;

    public FastLossChanges(InfluenceContext context, IProxyLoss loss)
    {
        using var noGradient = no_grad();
        (_context, _loss) = (context, loss);
        using var proxies = loss.Proxies.to(context.Precision);
        _unitProxies = UnitRows.Of(proxies).DetachFromDisposeScope();
    }

    public string Name => "fast";

    public IEnumerable<SampleBlock> Blocks() =>
        SampleBlock.Cover(_context.TrainCount, Math.Clamp(BlockElements / _unitProxies.shape[0], 1, LargestBlock));

    public IBlockLosses At(SampleBlock block) => new Block(this, block);

    public void Dispose() => _unitProxies.Dispose();

    private sealed class Block : IBlockLosses
    {
        private readonly FastLossChanges _owner;
        private readonly Tensor _features;
        private readonly Tensor _embeddings;
        private readonly Tensor _squaredNorms;
        private readonly Tensor _norms;
        private readonly Tensor _cosines;
        private readonly ILossAtCosines _loss;

        public Block(FastLossChanges owner, SampleBlock block)
        {
            var context = owner._context;
            _owner = owner;
            using var scope = NewDisposeScope();
            _features = context.TrainFeatures.narrow(0, block.Start, block.Count).DetachFromDisposeScope();
            _embeddings = (_features.mm(context.HeadWeight.t()) + context.HeadBias).DetachFromDisposeScope();
            _squaredNorms = _embeddings.square().sum(1, keepdim: true).DetachFromDisposeScope();
            _norms = _squaredNorms.sqrt().clamp_min(1e-12).DetachFromDisposeScope();
            _cosines = (_embeddings.mm(owner._unitProxies.t()) / _norms).DetachFromDisposeScope();
            _loss = owner._loss.At(_cosines, context.TrainLabels.narrow(0, block.Start, block.Count));
        }

        public IReadOnlyList<Tensor> Changes(WalkedTarget target)
        {
            using var scope = NewDisposeScope();
            var cross = _features.mm(Like(target.Distance.Features, target.Distance.FeatureSize).t());
            return [.. target.Walks.Select(walk => Change(cross, Like(walk.Coefficients, target.Distance.EmbeddingSize)).MoveToOuterDisposeScope())];
        }

        public void Dispose()
        {
            _loss.Dispose();
            _features.Dispose();
            _embeddings.Dispose();
            _squaredNorms.Dispose();
            _norms.Dispose();
            _cosines.Dispose();
        }

        private Tensor Change(Tensor cross, Tensor coefficients)
        {
            using var scope = NewDisposeScope();
            return _loss.Change(CosineChange(cross, coefficients)).MoveToOuterDisposeScope();
        }

        /// <summary>(n, P) change of the cosines, from k (n, r) and C (r, E).</summary>
        private Tensor CosineChange(Tensor cross, Tensor coefficients)
        {
            using var scope = NewDisposeScope();
            var linear = _embeddings.mm(coefficients.t());
            var quadratic = cross.mm(coefficients.mm(coefficients.t()));
            var squaredNormChange = (cross * ((2 * linear) + quadratic)).sum(1, keepdim: true);
            var newNorms = (_squaredNorms + squaredNormChange).clamp_min(0).sqrt().clamp_min(1e-12);
            var normChange = squaredNormChange / (newNorms + _norms);
            var product = cross.mm(coefficients.mm(_owner._unitProxies.t()));
            return product.addcmul_(_cosines, normChange, value: -1).div_(newNorms).MoveToOuterDisposeScope();
        }

        /// <summary>Row-major float64 values as a matrix of the run's precision.</summary>
        private Tensor Like(double[] values, long columns)
        {
            using var scope = NewDisposeScope();
            return tensor(values, [values.Length / columns, columns]).to(_features.dtype).to(_features.device).MoveToOuterDisposeScope();
        }
    }
}
