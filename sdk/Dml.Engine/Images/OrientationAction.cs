namespace Dml.Engine.Images;

/// <summary>What happens with the orientation that a file notes (EXIF tag 0x0112).</summary>
internal enum OrientationAction
{
    /// <summary>The pixels are taken as they are stored; a warning counts the images that would be turned.</summary>
    Ignore,

    /// <summary>The image is turned and mirrored as viewers show it; a warning counts the images.</summary>
    Apply,
}
