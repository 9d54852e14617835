namespace Dml.Engine.Images;

/// <summary>What influence, confusions and relabelling see of an image.</summary>
internal enum InfluenceView
{
    /// <summary>The whole image, resized with its aspect kept.</summary>
    Whole,

    /// <summary>The same centre crop as evaluation.</summary>
    Crop,
}
