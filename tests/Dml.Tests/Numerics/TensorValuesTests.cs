using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

/// <summary>Values of tensors against the accessor that reads them one by one.</summary>
public sealed class TensorValuesTests
{
    [Fact]
    public void They_are_those_of_each_place_in_row_major_order()
    {
        using var scope = NewDisposeScope();
        var rows = arange(24, ScalarType.Float64).reshape(4, 6);
        foreach (var tensor in new[] { rows, rows.t(), rows.narrow(1, 2, 3), rows[1], rows[1, 2] })
        {
            Assert.Equal(tensor.contiguous().data<double>().ToArray(), tensor.Values<double>());
        }

        Assert.Empty(rows.narrow(0, 0, 0).Values<double>());
        Assert.Equal([0.5f, -1f], tensor([0.5f, -1f]).Values<float>());
        Assert.Equal([true, false], tensor([true, false]).Values<bool>());
        Assert.Equal([long.MaxValue, -2], tensor([long.MaxValue, -2]).Values<long>());
    }

    [Fact]
    public void Another_type_than_the_tensors_is_refused()
    {
        using var numbers = zeros(3, ScalarType.Float32);
        Assert.Contains("Double", Assert.Throws<ArgumentException>(() => numbers.Values<double>()).Message);
    }
}
