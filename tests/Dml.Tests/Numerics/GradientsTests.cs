using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class GradientsTests
{
    [Fact]
    public void Gradients_are_those_by_hand_and_zero_where_an_input_plays_no_part()
    {
        using var scope = NewDisposeScope();
        var (x, unused) = (tensor(new double[] { 1, -2 }).requires_grad_(), ones(3).requires_grad_());
        var gradients = Gradients.Of(x.square().sum(), [x, unused]);
        Assert.Equal([2.0, -4.0], gradients[0].data<double>().ToArray());
        Assert.Equal([0f, 0f, 0f], gradients[1].data<float>().ToArray());
    }

    [Fact]
    public void What_would_end_the_process_is_refused()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        Assert.Throws<ArgumentException>(() => Gradients.Of(ones(1), x));
        Assert.Throws<ArgumentException>(() => Gradients.Of(x * 2, x));
        Assert.Throws<ArgumentException>(() => Gradients.Of(x.sum(), ones(2)));
    }
}
