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
