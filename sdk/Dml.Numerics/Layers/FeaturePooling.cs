namespace Dml.Numerics;

/// <summary>How the last maps of a backbone become one number a channel.</summary>
public enum FeaturePooling
{
    /// <summary>The greatest value of the map: what the published runs used.</summary>
    Max,

    /// <summary>The mean of the map: what ImageNet classifiers were trained with.</summary>
    Average,
}
