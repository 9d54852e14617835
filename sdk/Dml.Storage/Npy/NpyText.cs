using System.Globalization;
using System.Text;

namespace Dml.Storage;

/// <summary>An .npy file of texts: NumPy's unicode (U) or bytes (S, read as UTF-8), each padded with zeros to one length.</summary>
internal static class NpyText
{
    /// <summary>Bytes of a character of a unicode array.</summary>
    private const int WideCharacter = 4;

    /// <summary>Reads a list of texts; null where the array holds anything else.</summary>
    /// <param name="source">The file.</param>
    /// <exception cref="DmlException">The file is damaged, or its texts are no list.</exception>
    public static IReadOnlyList<string>? TryRead(ByteSource source)
    {
        var header = NpyHeader.ReadLiteral(source);
        if (SizeOf(header.Descr) is not { } size) return null;
        var count = TensorForm.Count(header.Shape);
        if (header.Shape.Length > 1 || count < 0 || (Int128)count * size != source.Length - header.DataStart)
        {
            throw NpyHeader.Broken(
                source, header.DataStart, $"a list of texts of {size} bytes each",
                $"shape ({string.Join(", ", header.Shape)}) in {source.Length - header.DataStart} bytes");
        }

        var (texts, buffer) = (new string[count], new byte[size]);
        var encoding = header.Descr.Contains('S', StringComparison.Ordinal) ? Encoding.UTF8 : new UTF32Encoding(header.Descr[0] == '>', byteOrderMark: false);
        for (var i = 0L; i < count; i++)
        {
            source.Read(header.DataStart + (i * size), buffer);
            texts[i] = encoding.GetString(buffer).TrimEnd('\0');
        }

        return texts;
    }

    private static int? SizeOf(string descr)
    {
        if (descr.Length < 3 || !"<>|=".Contains(descr[0], StringComparison.Ordinal) || descr[1] is not ('U' or 'S')) return null;
        if (!int.TryParse(descr.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return null;
        var size = length * (descr[1] == 'U' ? (long)WideCharacter : 1);
        return size is > 0 and <= int.MaxValue ? (int)size : null;
    }
}
