using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Dml.Tests.Support;

/// <summary>Writes safetensors files with dtypes that the project reads and does not write, independent of the code under test.</summary>
internal static class RawSafeTensors
{
    /// <summary>The file's bytes.</summary>
    public static byte[] Bytes(params IReadOnlyList<(string Name, string Dtype, long[] Shape, byte[] Values)> tensors)
    {
        var (at, header) = (0, new Dictionary<string, object>());
        foreach (var (name, dtype, shape, values) in tensors)
        {
            header[name] = new { dtype, shape, data_offsets = new[] { at, at + values.Length } };
            at += values.Length;
        }

        var text = JsonSerializer.SerializeToUtf8Bytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. tensors.SelectMany(t => t.Values)];
    }

    /// <summary>A tensor's part of such a file.</summary>
    public static (string Name, string Dtype, long[] Shape, byte[] Values) Of(string name, string dtype, Tensor tensor) =>
        (name, dtype, tensor.shape, tensor.contiguous().bytes.ToArray());
}
