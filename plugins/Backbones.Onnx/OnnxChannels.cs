namespace Dml.Plugins;

/// <summary>The order of the channels that the model takes.</summary>
public enum OnnxChannels
{
    /// <summary>The model's own where it says so, else red, green, blue.</summary>
    Auto,

    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,
}
