using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Values of tensors as arrays, copied as a whole: TorchSharp's accessor takes them one by one, with a call into libtorch each.</summary>
internal static class TensorValues
{
    /// <summary>The values of a tensor of any shape, in row-major order.</summary>
    /// <typeparam name="T">What the tensor holds.</typeparam>
    /// <param name="tensor">On the CPU.</param>
    /// <exception cref="ArgumentException">It holds values of another type.</exception>
    public static T[] Values<T>(this Tensor tensor)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.dtype != Kind<T>()) throw new ArgumentException($"Expected a tensor of {typeof(T).Name}, found {tensor.dtype}.", nameof(tensor));
        if (tensor.numel() == 0) return [];
        using var rows = tensor.contiguous();
        return MemoryMarshal.Cast<byte, T>(rows.bytes).ToArray();
    }

    private static ScalarType Kind<T>()
        where T : unmanaged => default(T) switch
        {
            double => ScalarType.Float64,
            float => ScalarType.Float32,
            long => ScalarType.Int64,
            bool => ScalarType.Bool,
            _ => throw new NotSupportedException($"Values of {typeof(T).Name} are not read from tensors."),
        };
}
