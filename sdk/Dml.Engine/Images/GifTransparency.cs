namespace Dml.Engine.Images;

/// <summary>
/// Takes the mark of a transparent colour from a GIF's first frame, so that its pixels have that colour, as in the same picture as PNG
/// without its alpha; decoders make them black. Blocks are those of the GIF89a specification.
/// </summary>
internal static class GifTransparency
{
    private const int HeaderLength = 13;
    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte TransparentFlag = 1;

    /// <summary>Changes the file; one that is no GIF, has no transparent colour or is damaged stays as it is.</summary>
    /// <param name="file">The whole file.</param>
    public static void Clear(Span<byte> file)
    {
        if (file.Length < HeaderLength || !(file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8))) return;
        var packed = file[10];
        var colours = (packed & 0x80) == 0 ? 0 : 3 << ((packed & 7) + 1);
        var rest = file[Math.Min(HeaderLength + colours, file.Length)..];
        while (rest.Length > 3 && rest[0] == Extension)
        {
            if (rest[1] == GraphicControl && rest[2] >= 4) rest[3] = (byte)(rest[3] & ~TransparentFlag);
            for (rest = rest[2..]; rest.Length > 0 && rest[0] > 0;) rest = rest[Math.Min(1 + rest[0], rest.Length)..];
            if (rest.Length > 0) rest = rest[1..];
        }
    }
}
