using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Cross-batch memory (Wang, Zhang, Huang, Scott, CVPR 2020): a loss of pairs whose anchors have the last M embeddings as partners besides their batch,
/// <c>L = L(batch) + a L(batch, memory)</c>. Those in the memory are constants, as they were when they were trained on.
/// </summary>
/// <remarks>
/// A batch is remembered before it is held against the memory, as published; a sample's own entry of this step is no partner of it, its entries of earlier
/// steps are. Outside the training it is the loss within, without a memory: that is what estimators explain.
/// </remarks>
[Plugin("xbm")]
public sealed class XbmLoss : PairLossAround, IRememberingLoss
{
    private readonly XbmOptions _options;
    private readonly Tensor _embeddings;
    private readonly Tensor _labels;

    /// <summary>Steps done, and samples that were remembered, forgotten ones among them.</summary>
    private readonly Tensor _counts;

    /// <summary>Makes the loss within and an empty memory.</summary>
    /// <param name="options">The loss within and the memory.</param>
    /// <param name="shape">Embedding size, dtype and device.</param>
    /// <param name="plugins">Makes the loss within.</param>
    /// <exception cref="DmlException">The loss within is none of pairs, or one that looks at several anchors' rows at once.</exception>
    public XbmLoss(XbmOptions options, LossShape shape, IPluginFactory plugins) : base(Pairs(options, plugins))
    {
        ArgumentNullException.ThrowIfNull(shape);
        _options = options;
        if (!IsOfRows)
        {
            base.Dispose(true);
            throw Refused(options, "which looks at the rows of several anchors at once");
        }

        _embeddings = zeros([options.Size, shape.EmbeddingSize], dtype: shape.Dtype, device: shape.Device).DetachFromDisposeScope();
        _labels = zeros([options.Size], int64, shape.Device).DetachFromDisposeScope();
        _counts = zeros([2], int64).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Memory => [new("embeddings", _embeddings), new("labels", _labels), new("counts", _counts)];

    /// <inheritdoc/>
    public string? Remark => Count(0, 0) > _options.WarmUp ? null : FormattableString.Invariant(
        $"The training ended after {Count(0, 0)} steps, before the memory of xbm began, whose warmUp is {_options.WarmUp}; ")
            + $"it was one with {_options.Loss.Name} alone. Set a lower warmUp.";

    /// <inheritdoc/>
    /// <exception cref="DmlException">A batch does not fit into the memory.</exception>
    public Tensor TrainingLoss(Tensor embeddings, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        if (labels.shape[0] > _options.Size)
        {
            throw new DmlException(
                "loss.size", $"room for a batch of {labels.shape[0]} samples in the memory", $"{_options.Size}", "remember more, or train on smaller batches");
        }

        var loss = BatchLoss(embeddings, labels);
        if (Count(0, 1) > _options.WarmUp)
        {
            var places = Remember(embeddings, labels);
            var filled = Math.Min(Count(1, 0), _options.Size);
            var (partners, partnerLabels) = (_embeddings.narrow(0, 0, filled).to(embeddings.dtype), _labels.narrow(0, 0, filled));
            loss = loss + (LossAmong(embeddings, labels, partners, partnerLabels, places) * _options.Weight);
        }

        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        foreach (var memory in Memory) memory.Value.Dispose();
    }

    /// <summary>Puts a batch in the place of the oldest.</summary>
    /// <returns>Where each sample stands, (B).</returns>
    private Tensor Remember(Tensor embeddings, Tensor labels)
    {
        using var noGradient = no_grad();
        var next = Count(1, labels.shape[0]) - labels.shape[0];
        var places = arange(next, next + labels.shape[0], dtype: int64, device: labels.device).remainder(_options.Size);
        _embeddings.index_copy_(0, places, embeddings.detach().to(_embeddings.dtype));
        _labels.index_copy_(0, places, labels);
        return places;
    }

    /// <summary>A count after adding to it.</summary>
    private long Count(int which, long more)
    {
        using var noGradient = no_grad();
        _counts[which].add_(more);
        return _counts[which].item<long>();
    }

    private static PairLoss Pairs(XbmOptions options, IPluginFactory plugins)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(plugins);
        var loss = plugins.Create(options.Loss);
        if (loss is PairLoss pairs) return pairs;
        loss.Dispose();
        throw Refused(options, "which is none");
    }

    private static DmlException Refused(XbmOptions options, string why) => new(
        "loss.loss", "a loss of pairs that takes each anchor by itself, such as contrastive or triplet", $"{options.Loss.Name}, {why}",
        "choose another one, or another form of it");
}
