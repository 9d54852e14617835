using System.Text;
using Dml.Storage.Zip;

namespace Dml.Storage;

/// <summary>What kind of file somebody gave: told by its content, for the sentence that refuses one of another kind.</summary>
/// <param name="Name">The kind with its article: "an HTML page".</param>
/// <param name="Remedy">What to do where another kind was expected.</param>
internal sealed record FileFormat(string Name, string Remedy)
{
    /// <summary>The last part of the name of the entry of a zip file of torch.save that holds the structure.</summary>
    public const string PickleName = "data.pkl";

    /// <summary>Whether it is text of no other kind, which may be a table.</summary>
    public bool IsText { get; private init; }

    private const int Looked = 512;
    private const int TarMark = 257;
    private const string Unpack = "unpack it and give the file inside";
    private const string Resave = "save the tensors as safetensors with the program that wrote it";

    /// <summary>The first bytes of every .npy file.</summary>
    public static ReadOnlySpan<byte> NpyStart => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>A safetensors file.</summary>
    public static readonly FileFormat SafeTensors = new("a safetensors file", "give it where tensors with names are expected");

    /// <summary>An .npy file.</summary>
    public static readonly FileFormat Npy = new("an .npy file of NumPy", "save the tensors as safetensors, or in a folder with one .npy file for each");

    /// <summary>A file of torch.save.</summary>
    public static readonly FileFormat Torch = new("a file of torch.save", "save its tensors as safetensors");

    /// <summary>An .npz file.</summary>
    public static readonly FileFormat Npz = new(
        "an .npz file of NumPy", "give it where a features file is expected, or unzip it and give one of its .npy files");

    /// <summary>An ONNX model.</summary>
    public static readonly FileFormat Onnx = new("an ONNX model", "save the weights of the model that it was exported from, with torch.save or as safetensors");

    private static readonly (byte[] Start, FileFormat Format)[] Starts =
    [
        ([.. NpyStart], Npy),
        ([0x80, 2, 0x8A, 10], Torch),
        ([0x1F, 0x8B], new("a gzip file", Unpack)),
        ("BZh"u8.ToArray(), new("a bzip2 file", Unpack)),
        ([0xFD, .. "7zXZ"u8], new("an xz file", Unpack)),
        ([0x28, 0xB5, 0x2F, 0xFD], new("a Zstandard file", Unpack)),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], new("a 7z archive", Unpack)),
        ("Rar!"u8.ToArray(), new("a RAR archive", Unpack)),
        ([0x89, .. "HDF\r\n"u8], new("an HDF5 file, as Keras writes it", Resave)),
        ("MATLAB 5"u8.ToArray(), new("a MATLAB file", Resave)),
        ("PAR1"u8.ToArray(), new("a Parquet file", "give it where a table of features is expected")),
        ("%PDF"u8.ToArray(), new("a PDF document", "get the file itself")),
        ([0x89, .. "PNG"u8], new("a PNG image", "give it where images are expected")),
        ([0xFF, 0xD8, 0xFF], new("a JPEG image", "give it where images are expected")),
    ];

    /// <summary>What a file is; null where nothing is recognised.</summary>
    /// <param name="source">The file.</param>
    public static FileFormat? Of(ByteSource source)
    {
        if (source.Length == 0) return new("an empty file", "get it again: the download or the copy was cut off");
        var start = source.Read(0, (int)Math.Min(Looked, source.Length));
        if (IsSafeTensors(start, source.Length)) return SafeTensors;
        if (Zip(start, source) is { } zip) return zip;
        foreach (var (begin, format) in Starts)
        {
            if (start.AsSpan().StartsWith(begin)) return format;
        }

        if (start.AsSpan(Math.Min(TarMark, start.Length)).StartsWith("ustar"u8)) return new("a tar archive", Unpack);
        if (IsOnnx(start)) return Onnx;
        if (start is [0x80, >= 2 and <= 5, ..]) return new("a pickle that torch.save did not write", "save the weights with torch.save or as safetensors");
        return Text(start);
    }

    /// <summary>Refuses a file that is known to be of another kind.</summary>
    /// <param name="source">The file.</param>
    /// <param name="expected">What was expected, with its article.</param>
    /// <param name="wanted">The kinds that are fine.</param>
    /// <exception cref="DmlException">It is of another kind.</exception>
    public static void Require(ByteSource source, string expected, params ReadOnlySpan<FileFormat> wanted)
    {
        if (Of(source) is not { } found || wanted.Contains(found)) return;
        throw new DmlException($"{source.Name}: expected {expected}, found {found.Name}; {found.Remedy}.");
    }

    private static bool IsSafeTensors(ReadOnlySpan<byte> start, long length) =>
        start.Length > 8 && start[8] == '{' && BitConverter.ToUInt64(start) is var header && header <= (ulong)(length - 8);

    /// <summary>A zip file is one of torch.save, of NumPy, or any other; one whose directory is damaged is left to who reads it.</summary>
    private static FileFormat? Zip(ReadOnlySpan<byte> start, ByteSource source)
    {
        if (!start.StartsWith("PK"u8)) return null;
        Dictionary<string, ZipEntry> entries;
        try
        {
            entries = ZipDirectory.Read(source, new ReadBudget(source.Name, source.Length));
        }
        catch (DmlException)
        {
            return null;
        }

        if (entries.Keys.Any(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal))) return Torch;
        return entries.Keys.Any(name => name.EndsWith(".npy", StringComparison.Ordinal)) ? Npz : new("a zip archive of other files", Unpack);
    }

    /// <summary>A model of ONNX is a protobuf message: its version, then the name of the program that made it.</summary>
    private static bool IsOnnx(ReadOnlySpan<byte> start)
    {
        if (start is not [0x08, > 0 and < 32, 0x12, > 0 and < 64, ..]) return false;
        var producer = start[4..Math.Min(4 + start[3], start.Length)];
        return producer.Length > 0 && !producer.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E);
    }

    private static FileFormat? Text(ReadOnlySpan<byte> start)
    {
        if (start is [0xEF, 0xBB, 0xBF, ..]) start = start[3..];
        var isText = !start.ContainsAnyInRange((byte)0, (byte)8);
        var text = Encoding.Latin1.GetString(start).TrimStart();
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            return new("a Git LFS pointer (the name of the file, not its content)", "get the file itself with git lfs pull");
        }

        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
        {
            return new("an HTML page (the download gave a web page)", "open its address in a browser, follow the page to the file, and get that");
        }

        if (text.StartsWith("<?xml", StringComparison.Ordinal)) return new("an XML document (often the message of a failed download)", "get the file again");
        if (isText && text.StartsWith('{')) return new("JSON", Resave);
        return isText && text.Length > 0 && !start.ContainsAnyExceptInRange((byte)9, (byte)0x7E)
            ? new($"a text that begins with \"{Begin(text)}\"", "get the file again, or give the one that holds the tensors") { IsText = true } : null;
    }

    private static string Begin(string text) => new([.. text.Take(24).Select(c => char.IsControl(c) ? ' ' : c)]);
}
