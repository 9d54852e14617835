using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class PairLossTests
{
    public static TheoryData<string, ScalarType> Cases()
    {
        var cases = new TheoryData<string, ScalarType>();
        foreach (var name in PairLosses.Names)
        {
            cases.Add(name, ScalarType.Float32);
            cases.Add(name, ScalarType.Float64);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_equal_plain_loops_over_pairs_with_products_of_weights(string name, ScalarType dtype)
    {
        foreach (var (samples, classes) in new[] { (1, 1), (2, 1), (3, 3), (12, 4), (25, 6) })
        {
            using var scope = NewDisposeScope();
            random.manual_seed(samples);
            using var loss = PairLosses.Make(name);
            var (embeddings, labels) = (randn(samples, 6, dtype: dtype) * 3, arange(samples).remainder(classes));
            foreach (var weights in Weights(name, samples))
            {
                var value = loss.BatchLoss(embeddings, labels, tensor(weights).to(dtype));
                Assert.Equal((dtype, 0L), (value.dtype, value.Dimensions));
                var expected = new PlainPairs(PlainRows.Of(embeddings), labels.data<long>().ToArray(), weights).Loss(name);
                Assert.Equal(expected, value.to(float64).item<double>(), (dtype == float64 ? 1e-11 : 2e-5) * (1 + Math.Abs(expected)));
            }

            Assert.Equal(dtype, loss.PerSample(embeddings, labels).dtype);
            Assert.Equal([samples], loss.PerSample(embeddings, labels).shape);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Blocks_of_anchors_give_the_loss_of_all_at_once(string name, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var whole = PairLosses.Make(name);
        using var blocks = PairLosses.Make(name);
        blocks.MostElements = 100;
        var (embeddings, labels) = (randn(20, 6, dtype: dtype), arange(20).remainder(4));
        Assert.Equal(name == "lifted-structure", blocks.Blocks(labels).Count == 1);
        var tolerance = dtype == float64 ? 1e-12 : 1e-5;
        Assert.InRange(PlainRows.RelativeError(whole.BatchLoss(embeddings, labels), blocks.BatchLoss(embeddings, labels)), 0, tolerance);
        Assert.InRange(PlainRows.RelativeError(whole.PerSample(embeddings, labels), blocks.PerSample(embeddings, labels)), 0, tolerance);
    }

    [Fact]
    public void The_mean_over_anchors_is_the_mean_of_their_values()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        using var loss = PairLosses.Make("multi-similarity");
        var (embeddings, labels) = (randn(12, 6, dtype: float64), arange(12).remainder(4));
        Assert.Equal(loss.PerSample(embeddings, labels).mean().item<double>(), loss.BatchLoss(embeddings, labels).item<double>(), 1e-13);
    }

    /// <summary>The hardest pair of a batch has no weight between 0 and 1 in a plain loop.</summary>
    private static IEnumerable<double[]> Weights(string name, int samples)
    {
        yield return Cycle(1);
        yield return Cycle(1, 0, 1, 1);
        yield return Cycle(0);
        if (!name.Contains("hard", StringComparison.Ordinal) || name.Contains("semi", StringComparison.Ordinal)) yield return Cycle(0.3, 1.7, 1);

        double[] Cycle(params double[] values) => [.. Enumerable.Range(0, samples).Select(i => values[i % values.Length])];
    }
}
