namespace Dml.Engine.Images;

/// <summary>What is remembered of a decoded image.</summary>
/// <param name="Width">Columns, as the image is seen (turned and cut out where that is asked for).</param>
/// <param name="Height">Rows.</param>
/// <param name="Orientation">EXIF orientation that its file notes, 1 to 8.</param>
/// <param name="Content">A hash of the size and the decoded pixels: equal for equal pictures, whatever files they are in.</param>
internal sealed record ImageFacts(int Width, int Height, int Orientation, UInt128 Content)
{
    /// <summary>Longer side by shorter side, at least 1.</summary>
    public double Aspect => (double)Math.Max(Width, Height) / Math.Min(Width, Height);

    /// <summary>Facts of an image.</summary>
    /// <param name="image">The image as it is seen.</param>
    public static ImageFacts Of(DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new(image.Size.Width, image.Size.Height, image.Orientation, ContentHash.Of(image.Pixels));
    }
}
