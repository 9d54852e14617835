namespace Dml.Plugins;

/// <summary>Where the channels stand among the dimensions of the model's images.</summary>
public enum OnnxLayout
{
    /// <summary>Found by the dimension that is 3.</summary>
    Auto,

    /// <summary>(B, 3, H, W), as PyTorch exports.</summary>
    Nchw,

    /// <summary>(B, H, W, 3), as TensorFlow exports.</summary>
    Nhwc,
}
