namespace Dml.Engine.Images;

/// <summary>The rules of torchvision's Resize and CenterCrop.</summary>
internal static class ImageGeometry
{
    /// <summary>Size after the shorter side is brought to <paramref name="side"/>; the longer side is truncated, not rounded.</summary>
    /// <param name="width">Columns before.</param>
    /// <param name="height">Rows before.</param>
    /// <param name="side">Shorter side after, at least 1.</param>
    public static (int Width, int Height) ResizeShorterSide(int width, int height, int side)
    {
        var (shorter, longer) = (Math.Min(width, height), Math.Max(width, height));
        if (shorter == side) return (width, height);
        var scaled = (int)((double)((long)side * longer) / shorter);
        return width <= height ? (side, scaled) : (scaled, side);
    }

    /// <summary>First column or row of a centre crop; halves are rounded to the even number, as Python does.</summary>
    /// <param name="length">Columns or rows of the image.</param>
    /// <param name="crop">Columns or rows of the crop, at most <paramref name="length"/>.</param>
    public static int CropStart(int length, int crop) => (int)Math.Round((length - crop) / 2.0, MidpointRounding.ToEven);
}
