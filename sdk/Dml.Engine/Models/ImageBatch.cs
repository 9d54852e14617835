using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Images that are ready for the backbone.</summary>
/// <param name="Indices">B indices into the split.</param>
/// <param name="Pixels">B x 3 x H x W floats.</param>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
internal sealed record ImageBatch(int[] Indices, float[] Pixels, int Width, int Height) : IInputBatch
{
    /// <summary>The images as a tensor (B, 3, H, W), float32.</summary>
    public Tensor ToTensor(Device device) => tensor(Pixels, [Indices.Length, 3, Height, Width], device: device);
}
