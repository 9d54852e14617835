using static TorchSharp.torch;

namespace Dml.Storage.Torch;

/// <summary>
/// A file of torch.save: what its pickle holds, with tensors that are read when they are asked for. Both forms are known: the zip
/// archive (PyTorch 1.6 and later) and the legacy stream of pickles followed by raw storages.
/// </summary>
internal sealed class TorchFile
{
    private readonly Func<TorchStorage, (ByteSource Source, long Start)> _locate;
    private readonly bool _bigEndian;

    private TorchFile(string name, object? root, PickleReader pickle, bool bigEndian, Func<TorchStorage, (ByteSource, long)> locate) =>
        (Name, Root, Opcodes, Foreign, _bigEndian, _locate) = (name, root, pickle.Opcodes, pickle.Foreign, bigEndian, locate);

    /// <summary>The file, for messages.</summary>
    public string Name { get; }

    /// <summary>
    /// What was saved: a <see cref="PickleDictionary"/>, <c>List&lt;object?&gt;</c>, tuple as <c>object?[]</c>, <see cref="TorchTensor"/>,
    /// number, text, bytes, <see cref="ForeignObject"/> or null, nested as in Python. One object may stand at many places.
    /// </summary>
    public object? Root { get; }

    /// <summary>Opcodes of the pickle: a bound of what can sensibly be made of it.</summary>
    public long Opcodes { get; }

    /// <summary>Names of the objects of Python that the pickle refers to and that were not made.</summary>
    public IReadOnlyList<string> Foreign { get; }

    /// <summary>Reads the structure.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Pays for it.</param>
    /// <exception cref="DmlException">The file is damaged.</exception>
    public static TorchFile Read(ByteSource source, ReadBudget budget)
    {
        Span<byte> start = stackalloc byte[LegacyTorchFile.Start.Length];
        source.Read(0, start[..(int)Math.Min(start.Length, source.Length)]);
        return start.SequenceEqual(LegacyTorchFile.Start) ? LegacyTorchFile.Read(source, budget, Make) : TorchArchive.Read(source, budget, Make);

        TorchFile Make(PickleReader pickle, object? root, bool bigEndian, Func<TorchStorage, (ByteSource, long)> locate) =>
            new(source.Name, root, pickle, bigEndian, locate);
    }

    /// <summary>Reads a tensor into memory.</summary>
    /// <param name="tensor">One of this file's.</param>
    /// <returns>Contiguous, on the CPU.</returns>
    public Tensor Load(TorchTensor tensor)
    {
        if (tensor.Count == 0) return empty(tensor.Shape, tensor.Form.Dtype);
        var (source, start) = _locate(tensor.Storage);
        start += (tensor.Storage.Offset * tensor.Storage.ElementSize) + (tensor.Offset * tensor.Form.StoredSize);
        using var scope = NewDisposeScope();
        var values = TensorBytes.Read(source, start, tensor.Span, tensor.Form, _bigEndian);
        return values.as_strided(tensor.Shape, tensor.Strides).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>Makes the file of what one of its two forms holds.</summary>
internal delegate TorchFile TorchFileMaker(PickleReader pickle, object? root, bool bigEndian, Func<TorchStorage, (ByteSource Source, long Start)> locate);
