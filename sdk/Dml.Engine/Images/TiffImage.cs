using System.Globalization;
using BitMiracle.LibTiff.Classic;

namespace Dml.Engine.Images;

/// <summary>The first page of a TIFF, by LibTiff.NET.</summary>
internal static class TiffImage
{
    /// <summary>
    /// Pixels that a byte can stand for: none of the compressions makes more of pictures. A file that claims more is damaged, and would
    /// take memory for nothing.
    /// </summary>
    private const long MostPixelsOfByte = 4096;

    private const byte BigVersion = 43;
    private const int MostSamples = 8;
    private const int MostBits = 16;
    private const long MostPixelsOfTile = 1 << 20;

    static TiffImage() => Tiff.SetErrorHandler(new QuietHandler());

    /// <summary>Decodes a file in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="InvalidDataException">It is damaged or of a form that is not read; the message completes "found ...".</exception>
    public static DecodedImage Decode(byte[] bytes)
    {
        QuietHandler.First = null;
        var tags = TiffTags.Read(bytes);
        RequireSane(tags, bytes);
        try
        {
            using var stream = new MemoryStream(bytes, writable: false);
            using var tiff = Tiff.ClientOpen("image", "r", stream, new TiffStream()) ?? throw Damaged(null);
            return new(Decode(tiff, bytes.Length), ExifOrientation.Of(tags));
        }
        catch (Exception error) when (error is not InvalidDataException and not OutOfMemoryException)
        {
            // What the library throws on damaged data is of many types; none of them is a defect of ours.
            throw Damaged(error);
        }
    }

    private static RgbImage Decode(Tiff tiff, long length)
    {
        var (width, height) = (Field(tiff, TiffTag.IMAGEWIDTH), Field(tiff, TiffTag.IMAGELENGTH));
        RequireSane(tiff, (long)width * height, length);

        // As stored: rows from the top, and colours that are not multiplied with their alpha.
        tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);
        if (tiff.GetField(TiffTag.EXTRASAMPLES) is [var count, ..] && count.ToInt() == 1)
        {
            tiff.SetField(TiffTag.EXTRASAMPLES, 1, new[] { (short)ExtraSample.ASSOCALPHA });
        }

        var raster = GC.AllocateUninitializedArray<int>(width * height);
        if (!tiff.ReadRGBAImageOriented(width, height, raster, Orientation.TOPLEFT, stopOnError: true)) throw Damaged(null);
        var rgb = GC.AllocateUninitializedArray<byte>(3 * raster.Length);
        for (int i = 0, to = 0; i < raster.Length; i++, to += 3)
        {
            (rgb[to], rgb[to + 1], rgb[to + 2]) = ((byte)Tiff.GetR(raster[i]), (byte)Tiff.GetG(raster[i]), (byte)Tiff.GetB(raster[i]));
        }

        return new(width, height, rgb);
    }

    /// <summary>What the library takes memory for when it opens a file.</summary>
    private static void RequireSane(TiffTags tags, ReadOnlySpan<byte> file)
    {
        if (file[2] == BigVersion || file[3] == BigVersion) throw new InvalidDataException("a BigTIFF, which is not read,");
        if (tags.Value((int)TiffTag.IMAGEWIDTH) is not { } width || tags.Value((int)TiffTag.IMAGELENGTH) is not { } height) throw Damaged(null);
        ImageDecoder.RequireSize(width, height);
        if ((long)width * height > MostPixelsOfByte * file.Length || !tags.FitInto(file.Length))
        {
            throw new InvalidDataException(FormattableString.Invariant($"a TIFF of {width} x {height} pixels in {file.Length} bytes"));
        }
    }

    /// <summary>What the library takes memory for before it reads a pixel.</summary>
    private static void RequireSane(Tiff tiff, long pixels, long length)
    {
        var (samples, bits) = (Field(tiff, TiffTag.SAMPLESPERPIXEL), Field(tiff, TiffTag.BITSPERSAMPLE));
        if (samples is < 1 or > MostSamples || bits is < 1 or > MostBits)
        {
            throw new InvalidDataException(FormattableString.Invariant($"a TIFF of {samples} channels of {bits} bits"));
        }

        var (columns, rows) = ((long)Field(tiff, TiffTag.TILEWIDTH), (long)Field(tiff, TiffTag.TILELENGTH));
        if (columns < 1 || rows < 1 || columns > MostPixelsOfTile || rows > MostPixelsOfTile || columns * rows > MostPixelsOfTile + (4 * pixels))
        {
            throw new InvalidDataException(FormattableString.Invariant($"a TIFF of tiles of {columns} x {rows} pixels"));
        }

        var parts = tiff.IsTiled() ? tiff.NumberOfTiles() : tiff.NumberOfStrips();
        if (Enumerable.Range(0, parts).Any(part => tiff.RawStripSize(part) > length)) throw Damaged(null);
    }

    /// <summary>A number of the directory; 1 where the file does not say, as the format has it of most tags.</summary>
    private static int Field(Tiff tiff, TiffTag tag) => tiff.GetField(tag) is [var value, ..] ? value.ToInt() : 1;

    private static InvalidDataException Damaged(Exception? cause)
    {
        var reason = QuietHandler.First ?? cause?.Message ?? "its directory or a part of it is not there";
        return new($"a TIFF that is damaged or not of this kind ({reason.TrimEnd('.')})", cause);
    }

    /// <summary>Keeps the first message of a thread instead of writing it to the standard error stream.</summary>
    private sealed class QuietHandler : TiffErrorHandler
    {
        [ThreadStatic]
        public static string? First;

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args) =>
            First ??= string.Format(CultureInfo.InvariantCulture, format, args);

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
