using static TorchSharp.torch;

namespace Dml.Host.Training;

/// <summary>Images that are ready for the backbone.</summary>
/// <param name="Indices">B indices into the split.</param>
/// <param name="Pixels">B x 3 x S x S floats.</param>
/// <param name="Side">S.</param>
internal sealed record ImageBatch(int[] Indices, float[] Pixels, int Side)
{
    /// <summary>The images as a tensor (B, 3, S, S), float32.</summary>
    public Tensor ToTensor(Device device) => tensor(Pixels, [Indices.Length, 3, Side, Side], device: device);
}
