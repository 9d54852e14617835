namespace Dml.Host.Images;

/// <summary>
/// Random changes of training images: a light affine map, drawn anew for each image and epoch, and a mirror. Pixels from outside
/// the image get the median colour of its four corners. With every strength at 0 a training image equals its evaluation view.
/// </summary>
public sealed record AugmentationOptions
{
    /// <summary>Rotation about the centre, uniform in plus or minus this many degrees.</summary>
    [Range(0, 180)]
    public double RotationDegrees { get; init; } = 15;

    /// <summary>Least magnification; the magnification is uniform between this and scaleMaximum.</summary>
    [Range(0.1, 10)]
    public double ScaleMinimum { get; init; } = 0.8;

    /// <summary>Greatest magnification.</summary>
    [Range(0.1, 10)]
    public double ScaleMaximum { get; init; } = 1.2;

    /// <summary>Shift along each axis, uniform in plus or minus this fraction of the input's side.</summary>
    [Range(0, 1)]
    public double Translation { get; init; } = 0.08;

    /// <summary>Horizontal shear, uniform in plus or minus this many degrees.</summary>
    [Range(0, 80)]
    public double ShearDegrees { get; init; } = 10;

    /// <summary>Mirrors an image left to right in half of the draws; wrong for writing, right for birds and cars.</summary>
    public bool HorizontalFlip { get; init; }
}
