using System.Buffers.Binary;
using System.Text;
using static TorchSharp.torch;

namespace Dml.Tests.Support;

/// <summary>A storage as torch.save writes it.</summary>
internal sealed record SavedStorage(string Type, int ElementSize, byte[] Raw)
{
    public long Count => Raw.Length / ElementSize;
}

/// <summary>A tensor as a view of storage number <paramref name="Storage"/>.</summary>
internal sealed record SavedTensor(string Name, int Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>Writes files of torch.save, independently of the reader: pickle protocol 2 as Python's pickler does it, zip or legacy form.</summary>
internal static class TorchWriter
{
    private static readonly Dictionary<ScalarType, (string Type, int Size)> Types = new()
    {
        [float32] = ("FloatStorage", 4),
        [float64] = ("DoubleStorage", 8),
        [int64] = ("LongStorage", 8),
        [float16] = ("HalfStorage", 2),
    };

    /// <summary>A zip file of an OrderedDict of contiguous tensors.</summary>
    public static byte[] Archive(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var (storages, saved) = Save(tensors);
        return Archive(Pickle(storages, saved, legacy: false), storages);
    }

    /// <summary>A zip file of a pickle and its storages.</summary>
    public static byte[] Archive(byte[] pickle, IReadOnlyList<SavedStorage> storages) => Zip(
    [
        ("archive/data.pkl", pickle), ("archive/byteorder", "little"u8.ToArray()),
        .. storages.Select((s, i) => ($"archive/data/{i}", s.Raw)), ("archive/version", "3\n"u8.ToArray()),
    ]);

    /// <summary>The legacy form of an OrderedDict of contiguous tensors.</summary>
    public static byte[] Legacy(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var (storages, saved) = Save(tensors);
        return Legacy(Pickle(storages, saved, legacy: true), storages);
    }

    /// <summary>The legacy form of a pickle and its storages.</summary>
    public static byte[] Legacy(byte[] pickle, IReadOnlyList<SavedStorage> storages)
    {
        using var file = new MemoryStream();
        file.Write([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.', 0x80, 2, (byte)'M', 0xE9, 3, (byte)'.', 0x80, 2,
            (byte)'}', (byte)'.']);
        file.Write(pickle);
        var keys = new PickleWriter().Raw(']');
        for (var i = 0; i < storages.Count; i++) keys.Text($"{i}", memo: null).Raw('a');
        file.Write(keys.Finish());
        Span<byte> count = stackalloc byte[8];
        foreach (var storage in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, storage.Count);
            file.Write(count);
            file.Write(storage.Raw);
        }

        return file.ToArray();
    }

    /// <summary>The pickle of an OrderedDict of tensors; with <paramref name="versions"/> also the attribute that a module's state_dict has.</summary>
    public static byte[] Pickle(IReadOnlyList<SavedStorage> storages, IReadOnlyList<SavedTensor> tensors, bool legacy, bool versions = false)
    {
        var pickle = new PickleWriter();
        pickle.Global("collections", "OrderedDict").Raw(')', 'R').Put();
        if (tensors.Count > 1) pickle.Raw('(');
        foreach (var tensor in tensors)
        {
            pickle.Text(tensor.Name, memo: null);
            var storage = storages[tensor.Storage];
            pickle.Global("torch._utils", "_rebuild_tensor_v2").Raw('(', '(').Text("storage", "storage").Global("torch", storage.Type)
                .Text($"{tensor.Storage}", $"key {tensor.Storage}").Text("cpu", "cpu").Number(storage.Count);
            if (legacy) pickle.Raw('N');
            pickle.Raw('t').Put().Raw('Q').Number(tensor.Offset).Tuple(tensor.Shape).Tuple(tensor.Strides).Raw((char)0x89)
                .Global("collections", "OrderedDict").Raw(')', 'R').Put().Raw('t').Put().Raw('R').Put();
        }

        if (tensors.Count > 0) pickle.Raw(tensors.Count > 1 ? 'u' : 's');
        if (!versions) return pickle.Finish();
        return pickle.Raw('}').Put().Text("_metadata", null).Global("collections", "OrderedDict").Raw(')', 'R').Put()
            .Text("", null).Raw('}').Put().Text("version", null).Number(1).Raw('s', 's', 's', 'b').Finish();
    }

    /// <summary>A zip file of stored entries, each content at a multiple of 64 bytes as PyTorch pads them.</summary>
    public static byte[] Zip(IReadOnlyList<(string Name, byte[] Content)> entries)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        using var directory = new MemoryStream();
        using var list = new BinaryWriter(directory);
        foreach (var (entryName, content) in entries)
        {
            var (start, name) = ((uint)file.Position, Encoding.UTF8.GetBytes(entryName));
            var padding = (int)(-(start + 30 + name.Length + 4) & 63);
            writer.Write(0x04034B50u);
            WriteEntry(writer, name, content, 4 + padding);
            writer.Write(name);
            writer.Write((ushort)0x4246);
            writer.Write((ushort)padding);
            writer.Write(new byte[padding]);
            writer.Write(content);
            list.Write(0x02014B50u);
            list.Write((ushort)20);
            WriteEntry(list, name, content, 0);
            list.Write(new byte[10]);
            list.Write(start);
            list.Write(name);
        }

        var directoryStart = (uint)file.Position;
        writer.Write(directory.ToArray());
        writer.Write(0x06054B50u);
        writer.Write(0u);
        writer.Write((ushort)entries.Count);
        writer.Write((ushort)entries.Count);
        writer.Write((uint)directory.Length);
        writer.Write(directoryStart);
        writer.Write((ushort)0);
        return file.ToArray();
    }

    private static void WriteEntry(BinaryWriter writer, byte[] name, byte[] content, int extra)
    {
        writer.Write((ushort)20);
        writer.Write(0u);
        writer.Write(0u);
        writer.Write(Checksum(content));
        writer.Write((uint)content.Length);
        writer.Write((uint)content.Length);
        writer.Write((ushort)name.Length);
        writer.Write((ushort)extra);
    }

    /// <summary>CRC-32 bit by bit.</summary>
    public static uint Checksum(byte[] content)
    {
        var state = uint.MaxValue;
        foreach (var value in content)
        {
            state ^= value;
            for (var bit = 0; bit < 8; bit++) state = (state >> 1) ^ ((state & 1) * 0xEDB88320);
        }

        return ~state;
    }

    private static (SavedStorage[] Storages, SavedTensor[] Tensors) Save(IReadOnlyList<(string Name, Tensor Tensor)> tensors) => (
        [.. tensors.Select(t => new SavedStorage(Types[t.Tensor.dtype].Type, Types[t.Tensor.dtype].Size, Raw(t.Tensor)))],
        [.. tensors.Select((t, i) => new SavedTensor(t.Name, i, 0, t.Tensor.shape, Strides(t.Tensor.shape)))]);

    private static byte[] Raw(Tensor tensor)
    {
        using var plain = tensor.detach().contiguous();
        return plain.numel() == 0 ? [] : plain.bytes.ToArray();
    }

    private static long[] Strides(long[] shape)
    {
        var strides = new long[shape.Length];
        for (var (d, step) = (shape.Length - 1, 1L); d >= 0; step *= shape[d--]) strides[d] = step;
        return strides;
    }
}
