using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>An input or output of a model as the model declares it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Element">The type of its numbers; null where it holds no tensor.</param>
/// <param name="Shape">Its dimensions, -1 for each that is free; empty where the model does not say.</param>
internal sealed record OnnxValue(string Name, TensorElementType? Element, IReadOnlyList<int> Shape)
{
    /// <summary>dtype of its numbers in torch; null where torch cannot hold them or this plugin does not take them.</summary>
    public ScalarType? Dtype => Element switch
    {
        TensorElementType.Float => ScalarType.Float32,
        TensorElementType.Float16 => ScalarType.Float16,
        TensorElementType.BFloat16 => ScalarType.BFloat16,
        TensorElementType.Double => ScalarType.Float64,
        TensorElementType.UInt8 => ScalarType.Byte,
        _ => null,
    };

    public static IReadOnlyList<OnnxValue> Of(IReadOnlyDictionary<string, NodeMetadata> metadata) =>
        [.. metadata.Select(m => new OnnxValue(m.Key, m.Value.IsTensor ? m.Value.ElementDataType : null, m.Value.IsTensor ? m.Value.Dimensions : []))];

    /// <summary>Name and shape, for messages.</summary>
    public override string ToString() => $"{Name} {Show(Shape.Select(d => (long)d))}{(Element is null or TensorElementType.Float ? "" : $" of {Element}")}";

    /// <summary>A shape with ? for each free dimension.</summary>
    public static string Show(IEnumerable<long> shape) => $"({string.Join(", ", shape.Select(d => d < 0 ? "?" : $"{d}"))})";
}
