using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// 2-d convolution that is right for every number of channels. libtorch's CPU kernels (oneDNN 3.7.1) lay channels out in blocks of 16.
/// Measured on a CPU with AVX-512: where a number of channels is no multiple of 16, kernels of 3 x 3 and more read the memory beyond
/// the last channel, so that outputs and gradients are wrong or NaN, depending on what stood there; at odd multiples of 16 the gradient
/// in the input of a strided convolution is wrong. Multiples of 32 were right throughout. Here channels are filled up to such a multiple
/// with zeros and the surplus is cut off again; widths that are multiples of 32 cost nothing.
/// </summary>
public static class WholeChannelConvolution
{
    private const int Block = 32;

    /// <summary>Inputs of up to this many channels, such as images, are read channel by channel and need no filling.</summary>
    private const int PlainChannels = 3;

    /// <summary>Convolves without bias and dilation.</summary>
    /// <param name="input">(B, C, H, W), floating point.</param>
    /// <param name="weight">(C', C, k, k), same dtype.</param>
    /// <param name="stride">Pixels between two outputs.</param>
    /// <param name="padding">Zeros around the image.</param>
    /// <returns>(B, C', H', W'), differentiable in both.</returns>
    public static Tensor Call(Tensor input, Tensor weight, int stride = 1, int padding = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        var (inputs, outputs) = (weight.shape[1], weight.shape[0]);
        var (inputFill, outputFill) = (inputs <= PlainChannels ? 0 : Surplus(inputs), Surplus(outputs));
        using var scope = NewDisposeScope();
        if (inputFill > 0) input = nn.functional.pad(input, [0, 0, 0, 0, 0, inputFill]);
        if (inputFill + outputFill > 0) weight = nn.functional.pad(weight, [0, 0, 0, 0, 0, inputFill, 0, outputFill]);
        var result = nn.functional.conv2d(input, weight, strides: [stride, stride], padding: [padding, padding]);
        return (outputFill > 0 ? result.narrow(1, 0, outputs) : result).MoveToOuterDisposeScope();
    }

    private static long Surplus(long channels) => (Block - (channels % Block)) % Block;
}
