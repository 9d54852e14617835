namespace Dml.Engine.Images;

/// <summary>Turns and mirrors an image as its EXIF orientation says, as PIL's <c>ImageOps.exif_transpose</c> does.</summary>
internal static class ImageTurn
{
    /// <summary>Whether columns and rows change places.</summary>
    /// <param name="orientation">EXIF orientation.</param>
    public static bool Lies(int orientation) => orientation is >= 5 and <= 8;

    /// <summary>The image as viewers show it.</summary>
    /// <param name="image">The stored pixels.</param>
    /// <param name="orientation">EXIF orientation: where row 0 and column 0 of the stored pixels are shown (EXIF 2.32, tag 0x0112).</param>
    /// <returns>The image itself for orientation 1 and for values that mean nothing.</returns>
    public static RgbImage Apply(RgbImage image, int orientation)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (orientation is < 2 or > 8) return image;
        var swaps = Lies(orientation);
        var (width, height) = swaps ? (image.Height, image.Width) : (image.Width, image.Height);
        var pixels = GC.AllocateUninitializedArray<byte>(3 * width * height);
        for (int y = 0, to = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++, to += 3)
            {
                var (column, row) = swaps ? (y, x) : (x, y);
                if (orientation is 2 or 3 or 7 or 8) column = image.Width - 1 - column;
                if (orientation is 3 or 4 or 6 or 7) row = image.Height - 1 - row;
                image.Pixels.AsSpan(3 * ((row * image.Width) + column), 3).CopyTo(pixels.AsSpan(to));
            }
        }

        return new(width, height, pixels);
    }
}
