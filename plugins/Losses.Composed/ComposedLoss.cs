using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Weighted sum of other losses. <c>L = sum_k a_k L_k</c>, regularisers included.</summary>
/// <remarks>
/// A sample's value and its share are the same sum of the parts' values and shares, since both are linear in the loss. It is a mean of samples where all
/// parts are. A parameter keeps its name, such as <c>proxies</c>, where no other part has one of that name, and else has the part's number before it,
/// <c>1.proxies</c>. A part that remembers earlier batches does so here too.
/// </remarks>
[Plugin("composed")]
public sealed class ComposedLoss : IRememberingLoss
{
    private readonly List<(double Weight, IMetricLoss Loss)> _parts = [];

    /// <summary>Makes the parts, in order.</summary>
    /// <param name="options">The parts.</param>
    /// <param name="plugins">Makes them.</param>
    /// <exception cref="DmlException">There is no part, or one refuses its options.</exception>
    public ComposedLoss(ComposedOptions options, IPluginFactory plugins)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(plugins);
        if (options.Parts.Count == 0) throw new DmlException("loss.parts", "at least one loss with its weight", "an empty list", "name the losses to sum");
        try
        {
            foreach (var part in options.Parts) _parts.Add((part.Weight, plugins.Create(part.Loss)));
        }
        catch
        {
            Dispose();
            throw;
        }

        Parameters = [.. Named(loss => loss.Parameters.Select(p => (p.Name, p.Value))).Select(p => new NamedParameter(p.Name, p.Value))];
        Memory = [.. Named(loss => (loss as IRememberingLoss)?.Memory.Select(m => (m.Name, m.Value)) ?? []).Select(m => new NamedTensor(m.Name, m.Value))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter> Parameters { get; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Memory { get; } = [];

    /// <inheritdoc/>
    public string? Remark
    {
        get
        {
            string[] remarks = [.. _parts.Select(part => (part.Loss as IRememberingLoss)?.Remark).OfType<string>()];
            return remarks.Length > 0 ? string.Join(" ", remarks) : null;
        }
    }

    /// <inheritdoc/>
    public bool IsMeanOfSamples => _parts.TrueForAll(part => part.Loss.IsMeanOfSamples);

    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels) => Sum(loss => loss.PerSample(embeddings, labels))!;

    /// <inheritdoc/>
    public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null) => Sum(loss => loss.BatchLoss(embeddings, labels, weights))!;

    /// <inheritdoc/>
    public Tensor TrainingLoss(Tensor embeddings, Tensor labels) => Sum(loss =>
        loss is IRememberingLoss remembering ? remembering.TrainingLoss(embeddings, labels) : loss.BatchLoss(embeddings, labels))!;

    /// <inheritdoc/>
    public Tensor? Regularizer() => Sum(loss => loss.Regularizer());

    /// <summary>Disposes of the parts.</summary>
    public void Dispose()
    {
        foreach (var part in _parts) part.Loss.Dispose();
    }

    /// <summary>The weighted sum of what the parts have; null where none has anything.</summary>
    private Tensor? Sum(Func<IMetricLoss, Tensor?> value)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var (weight, loss) in _parts)
        {
            if (value(loss) is not { } term) continue;
            var weighted = term * weight;
            sum = sum is null ? weighted : sum + weighted;
        }

        return sum?.MoveToOuterDisposeScope();
    }

    /// <summary>What the parts have, each under a name of its own.</summary>
    private IEnumerable<(string Name, T Value)> Named<T>(Func<IMetricLoss, IEnumerable<(string Name, T Value)>> of)
    {
        var all = _parts.Index().SelectMany(part => of(part.Item.Loss).Select(found => (Part: part.Index, found.Name, found.Value))).ToList();
        return all.Select(found => (all.Count(other => other.Name == found.Name) == 1 ? found.Name : $"{found.Part}.{found.Name}", found.Value));
    }
}
