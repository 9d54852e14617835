namespace Dml.Plugins;

/// <summary>Options of an exported model.</summary>
public sealed record OnnxOptions
{
    /// <summary>The .onnx file; relative to the folder that the dataset's paths start at.</summary>
    public required string Model { get; init; }

    /// <summary>Name of the input that images go into; the only one of four dimensions when not given.</summary>
    public string? Input { get; init; }

    /// <summary>Name of the output that is taken as features; the only one, or the only one of two dimensions, when not given.</summary>
    public string? Output { get; init; }

    /// <summary>nchw (channels before rows and columns), nhwc (after them), or auto to find it by which dimension is 3.</summary>
    public OnnxLayout Layout { get; init; } = OnnxLayout.Auto;

    /// <summary>What becomes of an output of more than two dimensions: none (refused), mean (over maps or tokens) or first (the first token).</summary>
    public OnnxPooling Pooling { get; init; } = OnnxPooling.None;

    /// <summary>Three means, RGB, subtracted from pixels in [0, 1]; the model's own when not given, else ImageNet's.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>Three positive deviations, RGB, that the differences are divided by; the model's own when not given, else ImageNet's.</summary>
    [Range(0.000001, double.PositiveInfinity)]
    public IReadOnlyList<double>? Std { get; init; }

    /// <summary>rgb or bgr, the order of the channels that the model takes, or auto for the model's own, else rgb.</summary>
    public OnnxChannels Channels { get; init; } = OnnxChannels.Auto;

    /// <summary>cpu or cuda, which needs a build with the GPU package: what runs the model, whatever the device of the head.</summary>
    public OnnxProvider Provider { get; init; } = OnnxProvider.Cpu;
}
