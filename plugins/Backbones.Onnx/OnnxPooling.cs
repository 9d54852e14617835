namespace Dml.Plugins;

/// <summary>How an output of more than two dimensions becomes one vector an image.</summary>
public enum OnnxPooling
{
    /// <summary>Not at all: the output has two dimensions, or maps of a single pixel.</summary>
    None,

    /// <summary>The mean over the maps (B, D, H, W), or over the tokens (B, T, D).</summary>
    Mean,

    /// <summary>The first of the tokens (B, T, D), the class token of a transformer.</summary>
    First,
}
