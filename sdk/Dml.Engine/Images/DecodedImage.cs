namespace Dml.Engine.Images;

/// <summary>A decoded image with what its file notes of how it is to be shown.</summary>
/// <param name="Pixels">The pixels.</param>
/// <param name="Orientation">EXIF orientation of the file, 1 to 8; 1 where it notes none. Whether it was applied is not told here.</param>
internal sealed record DecodedImage(RgbImage Pixels, int Orientation)
{
    /// <summary>Columns and rows of the whole, of which the pixels may be a smaller picture.</summary>
    public (int Width, int Height) Size { get; init; } = (Pixels.Width, Pixels.Height);
}
