namespace Dml.Engine.Experiments;

/// <summary>What the head is retrained on.</summary>
internal enum ExperimentViews
{
    /// <summary>The cached features, of images that are not augmented.</summary>
    None,

    /// <summary>Features of augmented images, as in the published code: each run's images go through its backbone once.</summary>
    Published,
}
