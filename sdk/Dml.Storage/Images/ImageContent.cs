namespace Dml.Storage;

/// <summary>Tells images by their first bytes, where a name says nothing.</summary>
public static class ImageContent
{
    private const int Longest = 12;

    /// <summary>Whether a file begins like a PNG, JPEG, GIF, BMP, WebP, TIFF, PPM or PGM.</summary>
    /// <param name="path">The file; what is no regular file or cannot be read is no image.</param>
    public static bool IsImage(string path)
    {
        Span<byte> head = stackalloc byte[Longest];
        try
        {
            using var stream = InputFile.OpenRead(path);
            return IsImage(head[..stream.ReadAtLeast(head, Longest, throwOnEndOfStream: false)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether bytes begin like an image.</summary>
    /// <param name="head">The first twelve bytes, or all where there are fewer.</param>
    public static bool IsImage(ReadOnlySpan<byte> head) =>
        head is [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, ..] or [0xFF, 0xD8, 0xFF, ..]
            || head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8) || IsBitmap(head)
            || (head.StartsWith("RIFF"u8) && head.Length >= Longest && head[8..].StartsWith("WEBP"u8))
            || IsTiff(head) || IsPixmap(head);

    /// <summary>Whether bytes begin like a TIFF, classic or BigTIFF, in either byte order.</summary>
    /// <param name="head">The first bytes.</param>
    public static bool IsTiff(ReadOnlySpan<byte> head) =>
        head is [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..];

    /// <summary>Whether bytes begin like a PPM or PGM, plain (P2, P3) or raw (P5, P6).</summary>
    /// <param name="head">The first bytes.</param>
    public static bool IsPixmap(ReadOnlySpan<byte> head) =>
        head is [(byte)'P', (byte)'2' or (byte)'3' or (byte)'5' or (byte)'6', (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'#', ..];

    /// <summary>"BM" is how words begin too; the four bytes at 6 are reserved and zero.</summary>
    private static bool IsBitmap(ReadOnlySpan<byte> head) => head is [(byte)'B', (byte)'M', _, _, _, _, 0, 0, 0, 0, ..];
}
