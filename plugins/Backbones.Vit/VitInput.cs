namespace Dml.Plugins;

/// <summary>What pixels in [0, 1] are normalised with.</summary>
public enum VitInput
{
    /// <summary>ImageNet's means and deviations.</summary>
    ImageNet,

    /// <summary>Means and deviations of 0.5.</summary>
    Half,

    /// <summary>CLIP's means and deviations.</summary>
    Clip,
}
