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
    private readonly InfluenceContext _context;
    private readonly IProxyLoss _loss;
    private readonly Tensor _unitProxies;
    private readonly bool _softmax;

    public FastLossChanges(InfluenceContext context, IProxyLoss loss)
    {
        using var noGradient = no_grad();
        (_context, _loss) = (context, loss);
        using var proxies = loss.Proxies.to(context.Precision);
        _unitProxies = UnitRows.Of(proxies).DetachFromDisposeScope();
        using var scope = NewDisposeScope();
        using var probe = loss.At(
            zeros([1, proxies.shape[0]], dtype: context.Precision, device: proxies.device), zeros(1, dtype: int64, device: proxies.device));
        _softmax = probe is SoftmaxAtCosines && context.Precision == float32 && context.HeadWeight.device_type == TorchSharp.DeviceType.CPU;
    }

    public string Name => "fast";

    public ISampleBlock At(SampleRange samples) => new Block(this, samples);

    public void Dispose() => _unitProxies.Dispose();

    private sealed class Block : ISampleBlock
    {
        private readonly FastLossChanges _owner;
        private readonly Tensor _features;
        private readonly Tensor _embeddings;
        private readonly List<FastLossChangesTile> _tiles = [];

        public Block(FastLossChanges owner, SampleRange samples)
        {
            var context = owner._context;
            _owner = owner;
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _features = context.TrainFeaturesAt(samples).to(context.Precision).DetachFromDisposeScope();
            _embeddings = addmm(context.HeadBias, _features, context.HeadWeight.t(), 1, 1).DetachFromDisposeScope();
            var labels = context.TrainLabels.narrow(0, samples.Start, samples.Count);
            var rows = owner._softmax ? samples.Count : FastLossChangesTile.Rows(owner._unitProxies.shape[0]);
            foreach (var tile in SampleRange.Grid(samples.Count, rows))
            {
                _tiles.Add(new(owner._loss, _embeddings.narrow(0, tile.Start, tile.Count), labels.narrow(0, tile.Start, tile.Count), owner._unitProxies, tile));
            }
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var walked = WalkedTargets.Unpack(targets);
            var context = _owner._context;
            var harm = zeros([walked.Rows.Count, _features.shape[0]], dtype: context.Precision, device: _features.device);
            var items = context.TestFeatures.index_select(0, walked.Items.to(context.TestFeatures.device)).to(context.Precision);
            var cross = items.mm(_features.t());
            var walks = Enumerable.Range(0, (int)walked.Coefficients.shape[0]).Select(
                w => new WalkedBlock(walked.Coefficients[w].to(context.Precision).to(_features.device), cross, _embeddings, _owner._unitProxies)).ToList();

            foreach (var tile in _tiles) tile.AddHarm(harm, walked, cross, walks);
            return harm.MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            foreach (var tile in _tiles) tile.Dispose();
            _features.Dispose();
            _embeddings.Dispose();
        }
    }
}
