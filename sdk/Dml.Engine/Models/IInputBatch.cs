using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Inputs of a model that are ready for it.</summary>
internal interface IInputBatch
{
    /// <summary>B indices into the split.</summary>
    int[] Indices { get; }

    /// <summary>The inputs as a tensor, float32: images (B, 3, H, W) or features (B, D).</summary>
    /// <param name="device">Where to.</param>
    Tensor ToTensor(Device device);
}
