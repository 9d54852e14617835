using System.Buffers.Binary;

namespace Dml.Engine.Images;

/// <summary>The orientation in a block of EXIF (EXIF 2.32, section 4.6.4).</summary>
internal static class ExifOrientation
{
    /// <summary>The tag of the orientation, in EXIF and TIFF alike.</summary>
    public const int Tag = 0x0112;

    /// <summary>The orientation that a PNG notes in its eXIf chunk; 1 where it has none.</summary>
    /// <param name="png">The whole file.</param>
    public static int OfPng(ReadOnlySpan<byte> png)
    {
        const int Signature = 8, Around = 12;
        for (var rest = png[Math.Min(Signature, png.Length)..]; rest.Length >= Around;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - Around) return 1;
            if (rest[4..].StartsWith("eXIf"u8)) return Of(TiffTags.Read(rest.Slice(8, (int)length)));
            rest = rest[((int)length + Around)..];
        }

        return 1;
    }

    /// <summary>The orientation among tags, 1 to 8; 1 where there is none that means anything.</summary>
    /// <param name="tags">Of a block of EXIF or of a TIFF.</param>
    public static int Of(TiffTags tags) => tags.Value(Tag) is { } value and >= 1 and <= 8 ? (int)value : 1;
}
