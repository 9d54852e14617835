using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class VectorsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(67)]
    public void Products_with_a_difference_are_those_of_the_stored_difference_to_the_bit(int size)
    {
        var random = new Random(size);
        double[] Draw() => [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)];
        var (a, b, c) = (Draw(), Draw(), Draw());
        double[] difference = [.. a.Zip(b, (x, y) => x - y)];
        Assert.Equal((Vectors.Dot(difference, difference), Vectors.Dot(difference, c)), Vectors.DifferenceDots(a, b, c));
    }
}
