namespace Dml.Engine.Images;

/// <summary>
/// Random changes of training images, drawn anew for each image and epoch. affine: a light affine map of the evaluation view; pixels
/// from outside the image get the median colour of its four corners, and with every strength at 0 a training image equals its
/// evaluation view. randomResizedCrop: a random part of the original image. none: no change.
/// </summary>
[Options]
internal sealed record AugmentationOptions
{
    /// <summary>affine, randomResizedCrop or none; the strengths of the other kinds have no effect.</summary>
    public AugmentationKind Kind { get; init; } = AugmentationKind.Affine;

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

    /// <summary>Least share of the image's area in a random resized crop.</summary>
    [Range(1e-6, 1)]
    public double CropScaleMinimum { get; init; } = 0.08;

    /// <summary>Greatest share of the image's area in a random resized crop.</summary>
    [Range(1e-6, 1)]
    public double CropScaleMaximum { get; init; } = 1;

    /// <summary>Least width by height of a random resized crop.</summary>
    [Range(0.01, 100)]
    public double CropRatioMinimum { get; init; } = 3.0 / 4;

    /// <summary>Greatest width by height of a random resized crop.</summary>
    [Range(0.01, 100)]
    public double CropRatioMaximum { get; init; } = 4.0 / 3;

    /// <summary>Mirrors an image left to right in half of the draws; wrong for writing, right for birds and cars.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>Refuses empty ranges.</summary>
    /// <exception cref="DmlException">A minimum is above its maximum.</exception>
    internal void Check()
    {
        Order("scaleMinimum", ScaleMinimum, "scaleMaximum", ScaleMaximum);
        Order("cropScaleMinimum", CropScaleMinimum, "cropScaleMaximum", CropScaleMaximum);
        Order("cropRatioMinimum", CropRatioMinimum, "cropRatioMaximum", CropRatioMaximum);

        static void Order(string leastName, double least, string mostName, double most)
        {
            if (least > most)
            {
                throw new DmlException(
                    FormattableString.Invariant($"Expected images.augmentation.{leastName} to be at most {mostName} ({most}), found {least}; swap the two."));
            }
        }
    }
}
