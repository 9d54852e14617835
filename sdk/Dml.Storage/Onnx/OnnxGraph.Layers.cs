using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Storage;

public sealed partial class OnnxGraph
{
    /// <summary>From this operator set on the axes of a mean are an input and no attribute.</summary>
    private const int AxesAsInput = 18;

    /// <summary>The first operator set that has <c>Erf</c>.</summary>
    private const int ErfSince = 9;

    /// <summary>A 2-d convolution of <see cref="Result"/> (B, C, H, W) without dilation.</summary>
    /// <param name="weight">(C', C, k, k).</param>
    /// <param name="stride">Pixels between two outputs.</param>
    /// <param name="padding">Zeros around the image.</param>
    /// <param name="bias">(C'), or null for none.</param>
    /// <returns>Name of (B, C', H', W').</returns>
    public string Convolution(Tensor weight, int stride = 1, int padding = 0, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        IReadOnlyList<string> inputs = bias is null ? [Result, Constant(weight)] : [Result, Constant(weight), Constant(bias)];
        return Add("Conv", inputs, Window(weight.shape[2], stride, padding));
    }

    /// <summary>Batch norm of <see cref="Result"/> (B, C, H, W) by the running statistics.</summary>
    /// <param name="norm">The module with affine parameters.</param>
    /// <returns>Name of (B, C, H, W).</returns>
    public string BatchNorm(BatchNorm2d norm)
    {
        ArgumentNullException.ThrowIfNull(norm);
        return Add(
            "BatchNormalization",
            [Result, Constant(norm.weight!), Constant(norm.bias!), Constant(norm.running_mean!), Constant(norm.running_var!)],
            OnnxAttribute.Of("epsilon", norm.eps));
    }

    /// <summary>max(x, 0) of <see cref="Result"/>.</summary>
    /// <returns>Name of the same shape.</returns>
    public string Relu() => Add("Relu", [Result]);

    /// <summary>The greatest value of each window of <see cref="Result"/> (B, C, H, W); a window that is not whole is left out.</summary>
    /// <param name="size">Side of the window.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="padding">Pixels around the image that count as lowest.</param>
    /// <returns>Name of (B, C, H', W').</returns>
    public string MaxPool(int size, int stride, int padding = 0) => Add("MaxPool", [Result], Window(size, stride, padding));

    /// <summary>Each map of <see cref="Result"/> (B, D, H, W) as one number.</summary>
    /// <param name="max">Its greatest value, else its mean.</param>
    /// <returns>Name of (B, D).</returns>
    public string GlobalPool(bool max)
    {
        Add(max ? "GlobalMaxPool" : "GlobalAveragePool", [Result]);
        return Flatten();
    }

    /// <summary>All dimensions of <see cref="Result"/> after the first as one.</summary>
    /// <returns>Name of (B, D).</returns>
    public string Flatten() => Add("Flatten", [Result], OnnxAttribute.Of("axis", 1));

    /// <summary>The mean of <see cref="Result"/> over dimensions, which go.</summary>
    /// <param name="axes">The dimensions.</param>
    /// <returns>Name of what is left.</returns>
    public string Mean(params IReadOnlyList<long> axes) => Opset >= AxesAsInput
        ? Add("ReduceMean", [Result, Integers(axes)], OnnxAttribute.Of("keepdims", 0))
        : Add("ReduceMean", [Result], OnnxAttribute.Of("axes", axes), OnnxAttribute.Of("keepdims", 0));

    /// <summary>The first of the second dimension of <see cref="Result"/> (B, T, D), which goes.</summary>
    /// <returns>Name of (B, D).</returns>
    public string First()
    {
        // A list of one index keeps the dimension, which is then 1.
        Add("Gather", [Result, Integers(0)], OnnxAttribute.Of("axis", 1));
        return Flatten();
    }

    /// <summary>LayerNorm of <see cref="Result"/> (B, D) without affine parameters.</summary>
    /// <param name="size">D.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Name of (B, D).</returns>
    public string LayerNorm(long size, double epsilon = 1e-5)
    {
        using var one = ones(size);
        return Add("LayerNormalization", [Result, Constant(one)], OnnxAttribute.Of("axis", -1), OnnxAttribute.Of("epsilon", epsilon));
    }

    /// <summary>LayerNorm of <see cref="Result"/> over its last dimension.</summary>
    /// <param name="weight">(D), what the normalised numbers are multiplied by.</param>
    /// <param name="bias">(D), what is added then.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Name of the same shape.</returns>
    public string LayerNorm(Tensor weight, Tensor bias, double epsilon) =>
        Add("LayerNormalization", [Result, Constant(weight), Constant(bias)], OnnxAttribute.Of("axis", -1), OnnxAttribute.Of("epsilon", epsilon));

    /// <summary>x W^T + b of the last dimension of <see cref="Result"/>, whatever stands before it.</summary>
    /// <param name="weight">W (E, D).</param>
    /// <param name="bias">b (E).</param>
    /// <returns>Name of (..., E).</returns>
    public string Linear(Tensor weight, Tensor bias)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var transposed = weight.t();
        return Add("Add", [Add("MatMul", [Result, Constant(transposed)]), Constant(bias)]);
    }

    /// <summary><see cref="Result"/> with its numbers in another shape.</summary>
    /// <param name="shape">The sizes: 0 for that which the dimension has, -1 once for what is left.</param>
    /// <returns>Name of that shape.</returns>
    public string Reshape(params IReadOnlyList<long> shape) => Add("Reshape", [Result, Integers(shape)]);

    /// <summary><see cref="Result"/> with its dimensions in another order.</summary>
    /// <param name="order">For each dimension which it was.</param>
    /// <returns>Name of the permuted.</returns>
    public string Transpose(params IReadOnlyList<long> order) => Add("Transpose", [Result], OnnxAttribute.Of("perm", order));

    /// <summary>x W^T + b of <see cref="Result"/> (B, D).</summary>
    /// <param name="layer">W (E, D) and b (E).</param>
    /// <returns>Name of (B, E).</returns>
    public string Linear(Linear layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        using var none = layer.bias is null ? zeros(layer.weight!.shape[0]) : null;
        return Add("Gemm", [Result, Constant(layer.weight!), Constant(layer.bias ?? none!)], OnnxAttribute.Of("transB", 1));
    }

    /// <summary>GELU of <see cref="Result"/>, x times the normal distribution at x.</summary>
    /// <returns>Name of the same shape.</returns>
    /// <exception cref="DmlException">The operator set is older than the error function in it.</exception>
    public string Gelu()
    {
        if (Opset < ErfSince)
        {
            throw new DmlException(
                $"Expected a model of operator set {ErfSince} or later for an MLP head, found {Opset}; "
                    + "export the model anew with a later one, or take a linear head.");
        }

        var input = Result;
        var erf = Add("Erf", [Add("Mul", [input, Constant(Math.Sqrt(0.5))])]);
        var half = Add("Mul", [input, Constant(0.5)]);
        return Add("Mul", [half, Add("Add", [erf, Constant(1)])]);
    }

    /// <summary>The rows of <see cref="Result"/> (B, E), each divided by its Euclidean norm.</summary>
    /// <returns>Name of (B, E).</returns>
    public string UnitRows() => Add("LpNormalization", [Result], OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("p", 2));

    /// <summary><see cref="Result"/> as float32.</summary>
    /// <returns>Name of the same shape.</returns>
    public string ToFloat32() => Add("Cast", [Result], OnnxAttribute.Of("to", FloatType));

    private static OnnxAttribute[] Window(long size, long stride, long padding) =>
    [
        OnnxAttribute.Of("kernel_shape", [size, size]), OnnxAttribute.Of("strides", [stride, stride]),
        OnnxAttribute.Of("pads", [padding, padding, padding, padding]),
    ];
}
