using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>
/// What a checkpoint holds, by name: <c>backbone.&lt;key&gt;</c> for the backbone's parameters and buffers, <c>hidden.weight</c> and
/// <c>hidden.bias</c> of an MLP head, <c>head.weight</c>, <c>head.bias</c>, and <c>loss.&lt;name&gt;</c> for the loss's parameters.
/// </summary>
internal static class ModelTensors
{
    /// <summary>Lists the live tensors (no copies) of a model and its loss, always in the same order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loss">The loss.</param>
    public static IReadOnlyList<(string Name, Tensor Tensor)> Of(Network model, IMetricLoss loss)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        return
        [
            .. model.Backbone.state_dict().Select(entry => ("backbone." + entry.Key, entry.Value)),
            .. model.Hidden is { } hidden ? [("hidden.weight", hidden.weight!), ("hidden.bias", hidden.bias!)] : Array.Empty<(string, Tensor)>(),
            ("head.weight", model.Head.weight!),
            ("head.bias", model.Head.bias!),
            .. loss.Parameters.Select(parameter => ("loss." + parameter.Name, (Tensor)parameter.Value)),
        ];
    }

    /// <summary>The live tensors that a loss remembers earlier batches by, which only an unfinished training needs.</summary>
    /// <param name="loss">The loss.</param>
    public static IReadOnlyList<(string Name, Tensor Tensor)> Remembered(IMetricLoss loss) =>
        loss is IRememberingLoss remembering ? [.. remembering.Memory.Select(memory => (memory.Name, memory.Value))] : [];

    /// <summary>Copies saved values into a model and its loss. Nothing is changed unless all names and shapes agree.</summary>
    /// <param name="model">The model to fill.</param>
    /// <param name="loss">The loss to fill.</param>
    /// <param name="saved">The checkpoint's tensors by name.</param>
    /// <param name="source">What the tensors were read from, for messages.</param>
    /// <exception cref="DmlException">A tensor is missing, has another shape or number type, is not finite, or belongs to nothing.</exception>
    public static void Load(Network model, IMetricLoss loss, IReadOnlyDictionary<string, Tensor> saved, string source) =>
        Load(Of(model, loss), saved, source);

    /// <summary>Copies saved values into tensors. Nothing is changed unless all names and shapes agree.</summary>
    /// <param name="wanted">The tensors to fill, by name.</param>
    /// <param name="saved">The checkpoint's tensors by name.</param>
    /// <param name="source">What the tensors were read from, for messages.</param>
    /// <exception cref="DmlException">A tensor is missing, has another shape or number type, is not finite, or belongs to nothing.</exception>
    public static void Load(IReadOnlyList<(string Name, Tensor Tensor)> wanted, IReadOnlyDictionary<string, Tensor> saved, string source)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(saved);
        foreach (var (name, value) in wanted) Check(name, value, saved, source);
        var names = wanted.Select(w => w.Name).ToHashSet(StringComparer.Ordinal);
        if (saved.Keys.Where(key => !names.Contains(key)).Order(StringComparer.Ordinal).FirstOrDefault() is { } stranger)
        {
            throw new DmlException(
                $"Expected only the {names.Count} tensors of this backbone, head and loss in {source}, found {stranger}; "
                    + "use the backbone and loss that the checkpoint was made with.");
        }

        using var noGradient = no_grad();
        foreach (var (name, value) in wanted) value.copy_(saved[name]).DisposeUnless(value);
    }

    private static void Check(string name, Tensor value, IReadOnlyDictionary<string, Tensor> saved, string source)
    {
        var shape = Describe(value);
        if (!saved.TryGetValue(name, out var found))
        {
            throw new DmlException(
                $"Expected tensor {name} of shape {shape} in {source}, found no tensor of that name; "
                    + "use the backbone and loss that the checkpoint was made with.");
        }

        if (!found.shape.SequenceEqual(value.shape) || found.dtype != value.dtype)
        {
            throw new DmlException(
                $"Expected tensor {name} to be {shape} in {source}, found {Describe(found)}; use the options of backbone, "
                    + "loss and embeddingSize, and the dataset, that the checkpoint was made with.");
        }

        if (FiniteNumbers.Problem(found) is { } problem) throw WeightsFit.NotFinite(source, name, problem);
    }

    private static string Describe(Tensor tensor) => $"{tensor.dtype} ({string.Join(", ", tensor.shape)})";

    /// <summary>In-place operations hand out a new handle to the same tensor; it is freed here instead of by the garbage collector.</summary>
    private static void DisposeUnless(this Tensor handle, Tensor owner)
    {
        if (!ReferenceEquals(handle, owner)) handle.Dispose();
    }
}
