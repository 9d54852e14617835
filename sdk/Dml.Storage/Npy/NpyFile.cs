using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>An .npy file of NumPy: one array. Versions 1 to 3, both byte orders and both memory orders are read; objects and records are refused.</summary>
public sealed class NpyFile
{
    private const string Kind = "an .npy file";

    private readonly ByteSource _source;
    private readonly NpyHeader _header;

    private readonly string? _path;

    private NpyFile(ByteSource source, NpyHeader header, string? path) =>
        (_source, _header, _path) = (source, header, path);

    /// <summary>The array's dtype and shape.</summary>
    public TensorForm Form => _header.Form;

    /// <summary>Reads and checks the header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">The file is missing, damaged, or of a number type that tensors do not have.</exception>
    public static NpyFile Open(string path) => Read(ByteSource.OfFile(path, Kind), path);

    /// <summary>Reads and checks the header and keeps the file open, so that every later read is of the same file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">As <see cref="Open"/>.</exception>
    /// <remarks>To be closed by <see cref="Close"/>.</remarks>
    internal static NpyFile OpenHeld(string path) => Read(ByteSource.OfHeldFile(path, Kind), path);

    /// <summary>Closes the file that <see cref="OpenHeld"/> keeps open.</summary>
    internal void Close() => _source.Dispose();

    /// <summary>Whether <see cref="LoadRows"/> can be called: the values are little-endian, and one row follows the other.</summary>
    internal bool HasRows => _header is { BigEndian: false, FortranOrder: false };

    /// <summary>Reads rows of the array into memory, as <see cref="SafeTensors.LoadRows"/> does.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="DmlException">The file cannot be read or is shorter than its header says.</exception>
    internal Tensor LoadRows(long first, long count) => TensorBytes.ReadRows(_source, _header.DataStart, Form, first, count);

    /// <summary>Reads single rows of the array into memory, as <see cref="SafeTensors.Gather"/> does.</summary>
    /// <param name="rows">Which, in any order.</param>
    /// <exception cref="DmlException">The file cannot be read or is shorter than its header says.</exception>
    internal Tensor Gather(IReadOnlyList<long> rows) => TensorBytes.Gather(_source, _header.DataStart, Form, rows);

    /// <summary>Reads the array into memory.</summary>
    /// <returns>Contiguous, on the CPU.</returns>
    /// <exception cref="DmlException">The file cannot be read.</exception>
    public Tensor Load()
    {
        long[] shape = [.. Form.Shape];
        var count = TensorForm.Count(shape);
        if (count == 0) return empty(shape, Form.Dtype);
        using var scope = NewDisposeScope();
        var values = TensorBytes.Read(_source, _header.DataStart, count, Form, _header.BigEndian);
        if (!_header.FortranOrder) return values.view(shape).MoveToOuterDisposeScope();
        return values.view([.. shape.Reverse()])
            .permute([.. Enumerable.Range(0, shape.Length).Reverse().Select(d => (long)d)]).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The array whose values stay in the file, see <see cref="SafeTensors.Map"/>; read instead where its form does not allow it.</summary>
    /// <returns>Never to be written to.</returns>
    /// <exception cref="DmlException">The file cannot be read.</exception>
    public Tensor Map()
    {
        var count = TensorForm.Count(Form.Shape);
        if (_path is null || count == 0 || _header.BigEndian || _header.FortranOrder) return Load();
        return TensorBytes.Map(_path, _header.DataStart, Form) ?? Load();
    }

    /// <summary>Writes a tensor, complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensor">The tensor; NumPy has no bfloat16.</param>
    /// <exception cref="DmlException">NumPy has no such number type, or the place cannot be written to.</exception>
    public static void Write(string path, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var header = NpyHeader.Make(tensor.dtype, tensor.shape);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            TensorBytes.Write(stream, tensor);
        });
    }

    internal static NpyFile Read(ByteSource source, string? path = null)
    {
        FileFormat.Require(source, Kind, FileFormat.Npy);
        return new(source, NpyHeader.Read(source), path);
    }
}
