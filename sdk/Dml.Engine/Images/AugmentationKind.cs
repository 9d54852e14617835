namespace Dml.Engine.Images;

/// <summary>The random changes of training images to choose from.</summary>
internal enum AugmentationKind
{
    /// <summary>A light affine map of the evaluation view.</summary>
    Affine,

    /// <summary>A random part of the original image, resized to the network's input, as torchvision's RandomResizedCrop draws it.</summary>
    RandomResizedCrop,

    /// <summary>The evaluation view itself, mirrored where that is asked for.</summary>
    None,
}
