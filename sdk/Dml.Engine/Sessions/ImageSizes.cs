namespace Dml.Engine;

/// <summary>Sizes of images, ordered by their number of pixels.</summary>
/// <param name="Smallest">The image of the fewest pixels.</param>
/// <param name="Median">The image in the middle; of an even number the one before the middle.</param>
/// <param name="Largest">The image of the most pixels.</param>
public sealed record ImageSizes(PixelSize Smallest, PixelSize Median, PixelSize Largest);
