using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Copies tensors of a file into those of a model, which are told apart from what merely looks alike.</summary>
internal static class WeightsFit
{
    /// <summary>Why a tensor of a file cannot become one of the model; null if it can. Sizes of 1 do not count: old batch norms are saved as (1, C).</summary>
    /// <param name="form">In the file.</param>
    /// <param name="target">In the model.</param>
    /// <param name="transposed">Whether the file has it the other way round.</param>
    public static string? Problem(TensorForm form, Tensor target, bool transposed = false)
    {
        var (found, wanted) = (Proper(form.Shape), Proper(target.shape));
        if (transposed) Array.Reverse(found);
        return found.SequenceEqual(wanted) && IsFloating(form.Dtype) == IsFloating(target.dtype)
            ? null
            : $"{new TensorForm(target.dtype, target.shape)}, found {form}";
    }

    /// <summary>Refuses a tensor with a value that is no number, naming its place.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its tensor.</param>
    /// <exception cref="DmlException">A value is NaN or infinite, or cannot be read.</exception>
    public static void RequireFinite(WeightsFile file, string name)
    {
        using var scope = NewDisposeScope();
        if (FiniteNumbers.Problem(file.Load(name)) is { } problem) throw NotFinite(file.Source, name, problem);
    }

    /// <summary>The message of a weight that is no number.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="problem">As <see cref="FiniteNumbers"/> says it.</param>
    public static DmlException NotFinite(string source, string name, string problem) => new(
        $"{source}: expected finite numbers in {name}, found {problem}; the training had diverged or the file is damaged, use weights that were saved before.");

    /// <summary>What is in a file and cannot be read, for a message that tells what was found; empty where all can.</summary>
    /// <param name="file">The file.</param>
    public static string AlsoUnread(WeightsFile file) =>
        file.Unread.Count == 0 ? "" : $" (and, which cannot be read, {WeightNames.List([.. file.Unread.Select(u => $"{u.Key}: {u.Value}")])})";

    /// <summary>What the user should know of objects of Python beside the weights; empty where there are none.</summary>
    /// <param name="file">The file.</param>
    public static IReadOnlyList<string> ForeignObjects(WeightsFile file) => file.Foreign.Count == 0 ? []
        : [$"{file.Source} holds objects of Python beside the weights; nothing of theirs was run or used: {WeightNames.List(file.Foreign)}."];

    /// <summary>Copies the values; the caller has asked for problems first.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its tensor.</param>
    /// <param name="target">The model's tensor.</param>
    /// <param name="transposed">Whether the file has it the other way round.</param>
    public static void Copy(WeightsFile file, string name, Tensor target, bool transposed = false)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var values = file.Load(name);
        target.copy_((transposed ? values.t().contiguous() : values).view(target.shape));
    }

    private static long[] Proper(IReadOnlyList<long> shape) => [.. shape.Where(s => s != 1)];

    private static bool IsFloating(ScalarType dtype) => dtype is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;
}
