using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>Arrays in memory.</summary>
/// <param name="tensors">By name, contiguous, on the CPU; freed with this.</param>
/// <param name="texts">Arrays of texts by name.</param>
internal sealed class MemoryArrays(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, IReadOnlyList<string>>? texts = null)
    : FeatureArrays
{
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _texts = texts ?? new Dictionary<string, IReadOnlyList<string>>();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorForm> Entries { get; } =
        tensors.ToDictionary(t => t.Key, t => new TensorForm(t.Value.dtype, t.Value.shape), StringComparer.Ordinal);

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> TextNames => [.. _texts.Keys];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Texts(string name) => _texts[name];

    /// <inheritdoc/>
    public override bool HasRows(string name) => true;

    /// <inheritdoc/>
    public override Tensor Rows(string name, long first, long count) => tensors[name].narrow(0, first, count).clone();

    /// <inheritdoc/>
    public override Tensor Gather(string name, IReadOnlyList<long> rows)
    {
        using var scope = NewDisposeScope();
        var all = tensors[name];
        return all.view(-1, all.shape[^1]).index_select(0, tensor(rows.ToArray())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Map(string name) => tensors[name].alias();

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }

    /// <inheritdoc/>
    protected override Tensor LoadWhole(string name) => tensors[name].clone();
}
