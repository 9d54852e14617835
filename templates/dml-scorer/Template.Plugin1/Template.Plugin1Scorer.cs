using static TorchSharp.torch;

namespace Template.Plugin1;

/// <summary>Options of the scorer.</summary>
public sealed record Template_Plugin1Options
{
    /// <summary>Whether the nearest other class counts too: far from the own class and near to another is worse than far from all.</summary>
    public bool CountsOthers { get; init; } = true;
}

/// <summary>How far a training sample lies from the mean of its class, less how far from the nearest mean of another.</summary>
[Plugin("plugin-name-1")]
public sealed class Template_Plugin1Scorer(Template_Plugin1Options options) : ITrainingScorer
{
    private const int BlockSize = 4096;

    private InfluenceContext? _context;
    private Tensor? _means;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        Dispose();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var classes = context.TrainLabels.max().item<long>() + 1;
        var sums = zeros(classes, context.HeadWeight.shape[0], dtype: context.Precision);
        foreach (var samples in SampleRange.Grid(context.TrainCount, BlockSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var block = NewDisposeScope();
            sums.index_add_(0, Labels(context, samples), Units(context, samples), 1);
        }

        _means = nn.functional.normalize(sums, dim: 1).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Score(SampleRange samples)
    {
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Score.");
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var cosines = Units(context, samples).mm(_means!.t());
        var labels = Labels(context, samples).unsqueeze(1);
        var own = cosines.gather(1, labels).squeeze(1);
        var others = cosines.scatter(1, labels, full_like(cosines, -1)).amax([1]);
        return (options.CountsOthers ? others - own : -own).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _means?.Dispose();
        _means = null;
    }

    private static Tensor Labels(InfluenceContext context, SampleRange samples) => context.TrainLabels.narrow(0, samples.Start, samples.Count);

    private static Tensor Units(InfluenceContext context, SampleRange samples) =>
        nn.functional.normalize(context.TrainFeaturesAt(samples).mm(context.HeadWeight.t()) + context.HeadBias, dim: 1);
}
