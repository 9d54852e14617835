using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>Repeatable test data that leaves torch's global generator alone.</summary>
internal sealed class Draws(int seed)
{
    private readonly CounterRandom _random = new(seed, 0, 0);

    /// <summary>Standard normal values, float64.</summary>
    public Tensor Normal(params long[] shape)
    {
        var values = new double[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Math.Sqrt(-2 * Math.Log(1 - _random.NextUnit())) * Math.Cos(2 * Math.PI * _random.NextUnit());
        }

        return tensor(values, shape);
    }

    /// <summary>(count) int64 labels 0, 1, .., classes - 1, 0, ..: every class is there.</summary>
    public static Tensor Labels(int count, int classes) => tensor(Enumerable.Range(0, count).Select(i => (long)(i % classes)).ToArray());
}
