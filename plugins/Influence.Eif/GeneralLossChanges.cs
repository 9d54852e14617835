using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The path for any loss: embed the samples with theta' and evaluate the loss. It runs in float64 whatever the run's precision,
/// since the difference of two float32 losses keeps about three digits of a small change.
/// </summary>
internal sealed class GeneralLossChanges : ILossChanges
{
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

    public ISampleBlock At(SampleRange samples) => new Block(this, samples);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }

    private sealed class Block : ISampleBlock
    {
        private readonly GeneralLossChanges _owner;
        private readonly Tensor _features;
        private readonly Tensor _labels;
        private readonly Tensor _losses;

        public Block(GeneralLossChanges owner, SampleRange samples)
        {
            _owner = owner;
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _features = owner._context.TrainFeaturesAt(samples).to(float64).DetachFromDisposeScope();
            _labels = owner._context.TrainLabels.narrow(0, samples.Start, samples.Count).DetachFromDisposeScope();
            _losses = Losses(owner._weight).DetachFromDisposeScope();
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var walked = WalkedTargets.Unpack(targets);
            var context = _owner._context;
            var harm = zeros([walked.Rows.Count, _features.shape[0]], dtype: float64, device: _features.device);
            foreach (var (target, (first, count)) in walked.Rows.Index())
            {
                using var targetScope = NewDisposeScope();
                var items = context.TestFeatures.index_select(0, walked.Items.narrow(0, first, count).to(context.TestFeatures.device)).to(float64);
                for (var walk = 0; walk < walked.Coefficients.shape[0]; walk++)
                {
                    var coefficients = walked.Coefficients[walk].narrow(0, first, count).to(_features.device);
                    var moved = _owner._weight + coefficients.t().mm(items);
                    harm[target].add_(Losses(moved) - _losses, alpha: walked.Factor(target, walk));
                }
            }

            return harm.to(context.Precision).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _features.Dispose();
            _labels.Dispose();
            _losses.Dispose();
        }

        private Tensor Losses(Tensor weight)
        {
            using var scope = NewDisposeScope();
            return _owner._context.Loss.PerSample(_features.mm(weight.t()) + _owner._bias, _labels).to(float64).MoveToOuterDisposeScope();
        }
    }
}
