using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The test items of several confusions one below the other, with a row of numbers each, so that a block of training samples meets the
/// items of all confusions in one matrix product.
/// </summary>
/// <param name="Items">(R), int64: test indices, R = sum of r.</param>
/// <param name="Owners">(R), int64: the confusion of each row.</param>
/// <param name="Count">T, the number of confusions.</param>
public sealed record TargetItems(Tensor Items, Tensor Owners, long Count)
{
    private const string ItemsName = "items";
    private const string OwnersName = "owners";

    /// <summary>Gathers the items.</summary>
    /// <param name="distances">One a confusion.</param>
    /// <returns>Tensors in the caller's dispose scope.</returns>
    public static TargetItems Of(IReadOnlyList<ConfusionDistance> distances)
    {
        ArgumentNullException.ThrowIfNull(distances);
        return new(
            tensor(distances.SelectMany(d => d.Items.Select(i => (long)i)).ToArray()),
            tensor(distances.SelectMany((d, t) => Enumerable.Repeat((long)t, d.Items.Count)).ToArray()), distances.Count);
    }

    /// <summary>Reads the items back from a state.</summary>
    /// <param name="targets">Solved by an estimator that used <see cref="State"/>.</param>
    public static TargetItems Of(SolvedTargets targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return new(targets.State[ItemsName], targets.State[OwnersName], targets.Targets.Count);
    }

    /// <summary>A state with the items and more tensors, all out of their dispose scope.</summary>
    /// <param name="more">Further tensors.</param>
    public IReadOnlyDictionary<string, Tensor> State(params IReadOnlyList<(string Name, Tensor Tensor)> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        var state = new Dictionary<string, Tensor> { [ItemsName] = Items.DetachFromDisposeScope(), [OwnersName] = Owners.DetachFromDisposeScope() };
        foreach (var (name, tensor) in more) state[name] = tensor.DetachFromDisposeScope();
        return state;
    }

    /// <summary>Sums the rows of each confusion.</summary>
    /// <param name="rows">(R, n).</param>
    /// <returns>(T, n).</returns>
    public Tensor Sum(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var scope = NewDisposeScope();
        return zeros([Count, rows.shape[1]], dtype: rows.dtype, device: rows.device).index_add_(0, Owners.to(rows.device), rows, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The features of the items.</summary>
    /// <param name="testFeatures">(M, D).</param>
    /// <returns>(R, D).</returns>
    public Tensor Features(Tensor testFeatures)
    {
        ArgumentNullException.ThrowIfNull(testFeatures);
        using var scope = NewDisposeScope();
        return testFeatures.index_select(0, Items.to(testFeatures.device)).MoveToOuterDisposeScope();
    }
}
