namespace Dml.Plugins;

/// <summary>What runs the model.</summary>
public enum OnnxProvider
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>A CUDA GPU, by the GPU package of ONNX Runtime.</summary>
    Cuda,
}
