namespace Dml.Plugins;

/// <summary>What pixels BN-Inception is given.</summary>
public enum BnInceptionInput
{
    /// <summary>Red, green, blue in [0, 1] with ImageNet's means and deviations, as the published metric-learning runs fed it.</summary>
    Rgb,

    /// <summary>Blue, green, red in 0..255 minus 104, 117, 128, which the ported ImageNet weights were trained on.</summary>
    Bgr255,
}
