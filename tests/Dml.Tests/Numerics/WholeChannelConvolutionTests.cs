using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public class WholeChannelConvolutionTests
{
    /// <summary>The sizes of blocks that a small network asks for, so that the next allocations get what is left in them.</summary>
    private static readonly long[] Sizes = [.. Enumerable.Range(1, 64).Select(i => 256L * i), .. Enumerable.Range(1, 12).Select(i => 32768L * i)];

    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 3, 8, 1, 1 }, { 4, 8, 1, 1 }, { 12, 12, 1, 1 }, { 16, 24, 2, 1 }, { 20, 40, 1, 0 }, { 40, 16, 2, 1 }, { 48, 48, 2, 1 }, { 32, 64, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_gradients_equal_those_of_float64_whatever_stood_in_memory(int inputs, int outputs, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(inputs + outputs);
        var (input, weight) = (randn(9, inputs, 8, 8), randn(outputs, inputs, 3, 3));
        var (plainInput, plainWeight) = (input.to(float64).requires_grad_(), weight.to(float64).requires_grad_());
        var plain = nn.functional.conv2d(plainInput, plainWeight, strides: [stride, stride], padding: [padding, padding]);
        plain.square().sum().backward();

        (input, weight) = (input.requires_grad_(), weight.requires_grad_());
        LeaveNaNInFreeMemory();
        var result = WholeChannelConvolution.Call(input, weight, stride, padding);
        LeaveNaNInFreeMemory();
        result.square().sum().backward();
        Close(plain, result);
        Close(plainInput.grad!, input.grad!);
        Close(plainWeight.grad!, weight.grad!);
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var scale = expected.abs().max().item<double>();
        Assert.InRange((expected - actual).abs().max().item<double>(), 0, 1e-5 * scale);
    }

    private static void LeaveNaNInFreeMemory()
    {
        using var scope = NewDisposeScope();
        foreach (var size in Sizes)
        {
            for (var copy = 0; copy < 8; copy++) full([size], float.NaN);
        }
    }
}
