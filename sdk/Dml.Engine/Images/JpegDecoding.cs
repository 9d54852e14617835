namespace Dml.Engine.Images;

/// <summary>How much of a JPEG file is decoded for a view that is smaller.</summary>
internal enum JpegDecoding
{
    /// <summary>All pixels, which are resized then, as PIL does.</summary>
    Full,

    /// <summary>The decoder leaves out detail that the view cannot show: eighths of the size, the fewest that keep twice the view's shorter side.</summary>
    Scaled,
}
