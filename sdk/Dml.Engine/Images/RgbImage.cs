namespace Dml.Engine.Images;

/// <summary>A decoded image, 8 bits a channel.</summary>
internal sealed class RgbImage
{
    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">height x width x 3 bytes, rows from the top, red, green, blue.</param>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != 3L * width * height)
        {
            throw new ArgumentException($"Expected {3L * width * height} bytes for {width} x {height} RGB pixels, found {pixels.Length}.", nameof(pixels));
        }

        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>height x width x 3 bytes, rows from the top, red, green, blue.</summary>
#pragma warning disable CA1819 // The pixels are the image: a copy for each reader would cost more than the work done on them.
    public byte[] Pixels { get; }
#pragma warning restore CA1819

    /// <summary>A copy of a part.</summary>
    /// <param name="left">Its first column.</param>
    /// <param name="top">Its first row.</param>
    /// <param name="width">Its columns; all lie within the image.</param>
    /// <param name="height">Its rows; all lie within the image.</param>
    public RgbImage Part(int left, int top, int width, int height)
    {
        var part = GC.AllocateUninitializedArray<byte>(3 * width * height);
        for (var row = 0; row < height; row++)
        {
            Pixels.AsSpan(3 * (((top + row) * Width) + left), 3 * width).CopyTo(part.AsSpan(3 * row * width));
        }

        return new(width, height, part);
    }
}
