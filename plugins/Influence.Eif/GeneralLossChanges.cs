using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The path for any loss: embed the samples with theta' and evaluate the loss. It runs in float64 whatever the run's precision,
/// since the difference of two float32 losses keeps about three digits of a small change.
/// </summary>
internal sealed class GeneralLossChanges : ILossChanges
{
    private const long BlockSize = 4096;

    private readonly InfluenceContext _context;
    private readonly Tensor _weight;
    private readonly Tensor _bias;

    public GeneralLossChanges(InfluenceContext context)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _context = context;
        _weight = context.HeadWeight.to(float64, copy: true).DetachFromDisposeScope();
        _bias = context.HeadBias.to(float64, copy: true).DetachFromDisposeScope();
    }

    public string Name => "general";

    public IEnumerable<SampleBlock> Blocks() => SampleBlock.Cover(_context.TrainCount, BlockSize);

    public IBlockLosses At(SampleBlock block) => new Block(this, _context, block);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }

    private sealed class Block : IBlockLosses
    {
        private readonly GeneralLossChanges _owner;
        private readonly IMetricLoss _loss;
        private readonly Tensor _features;
        private readonly Tensor _labels;
        private readonly Tensor _losses;

        public Block(GeneralLossChanges owner, InfluenceContext context, SampleBlock block)
        {
            (_owner, _loss) = (owner, context.Loss);
            _features = context.TrainFeatures.narrow(0, block.Start, block.Count).to(float64);
            _labels = context.TrainLabels.narrow(0, block.Start, block.Count);
            _losses = Losses(owner._weight);
        }

        public IReadOnlyList<Tensor> Changes(WalkedTarget target) => [.. target.Walks.Select(walk => Change(walk, target))];

        public void Dispose()
        {
            _features.Dispose();
            _labels.Dispose();
            _losses.Dispose();
        }

        private Tensor Change(DistanceWalk walk, WalkedTarget target)
        {
            using var scope = NewDisposeScope();
            return (Losses(walk.Weight(target.Distance, _owner._weight)) - _losses).MoveToOuterDisposeScope();
        }

        private Tensor Losses(Tensor weight)
        {
            using var scope = NewDisposeScope();
            return _loss.PerSample(_features.mm(weight.t()) + _owner._bias, _labels).MoveToOuterDisposeScope();
        }
    }
}
