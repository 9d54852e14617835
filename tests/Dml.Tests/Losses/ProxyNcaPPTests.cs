using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class ProxyNcaPPTests
{
    public static TheoryData<double, int, int, int, ScalarType> Settings()
    {
        var data = new TheoryData<double, int, int, int, ScalarType>();
        foreach (var scale in new[] { 0.5, 3, 30 })
        {
            foreach (var (samples, classes, size) in new[] { (1, 1, 1), (7, 2, 3), (16, 11, 8) })
            {
                data.Add(scale, samples, classes, size, ScalarType.Float32);
                data.Add(scale, samples, classes, size, ScalarType.Float64);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Loss_equals_a_scalar_loop_over_squared_distances(double scale, int samples, int classes, int size, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var loss = new ProxyNcaPPLoss(new() { Scale = scale }, new(classes, size, dtype, CPU));
        var (embeddings, labels) = (randn(samples, size, dtype: dtype) * 4, randint(0, classes, [samples]));
        var expected = Oracle(PlainRows.Of(embeddings), PlainRows.Of(loss.Proxies), labels.data<long>().ToArray(), scale);
        var actual = loss.PerSample(embeddings, labels);
        Assert.Equal(dtype, actual.dtype);
        var tolerance = dtype == float64 ? 1e-10 : 1e-5 * scale * scale;
        foreach (var (e, a) in expected.Zip(actual.to(float64).data<double>().ToArray())) Assert.Equal(e, a, tolerance);
    }

    [Fact]
    public void Gradients_equal_central_differences()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var loss = new ProxyNcaPPLoss(new() { Scale = 2 }, new(3, 4, float64, CPU));
        var (embeddings, labels) = (randn(5, 4, dtype: float64).requires_grad_(), randint(0, 3, [5]));
        loss.PerSample(embeddings, labels).sum().backward();
        AssertCentral(embeddings, embeddings.grad!);
        AssertCentral(loss.Proxies, loss.Proxies.grad!);

        void AssertCentral(Tensor at, Tensor gradient)
        {
            using var none = no_grad();
            foreach (var (i, j) in new[] { (0, 0), (1, 3), (2, 1) })
            {
                var value = at[i, j].item<double>();
                at[i, j] = value + 1e-6;
                var up = loss.PerSample(embeddings, labels).sum().item<double>();
                at[i, j] = value - 1e-6;
                var down = loss.PerSample(embeddings, labels).sum().item<double>();
                at[i, j] = value;
                Assert.Equal((up - down) / 2e-6, gradient[i, j].item<double>(), 1e-7);
            }
        }
    }

    [Fact]
    public void Dtype_of_the_embeddings_rules_over_that_of_the_proxies()
    {
        using var scope = NewDisposeScope();
        using var loss = new ProxyNcaPPLoss(new(), new(3, 4, float32, CPU));
        Assert.Equal(float64, loss.PerSample(randn(5, 4, dtype: float64), randint(0, 3, [5])).dtype);
    }

    [Fact]
    public void Change_at_fixed_cosines_equals_the_difference_of_two_losses()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        using IProxyLoss loss = new ProxyNcaPPLoss(new(), new(5, 4, float64, CPU));
        var (cosines, move, labels) = (rand(9, 5, dtype: float64), randn(9, 5, dtype: float64) * 0.1, randint(0, 5, [9]));
        using var at = loss.At(cosines, labels);
        var expected = loss.FromCosines(cosines + move, labels) - loss.FromCosines(cosines, labels);
        Assert.InRange((at.Change(move) - expected).abs().max().item<double>(), 0, 1e-12);
    }

    private static double[] Oracle(double[][] embeddings, double[][] proxies, long[] labels, double scale)
    {
        return [.. embeddings.Select((e, i) =>
        {
            var distances = proxies.Select(p => Unit(e).Zip(Unit(p), (a, b) => Math.Pow((scale * a) - (scale * b), 2)).Sum()).ToArray();
            var nearest = distances.Min();
            return distances[labels[i]] - nearest + Math.Log(distances.Sum(d => Math.Exp(nearest - d)));
        })];

        static double[] Unit(double[] x)
        {
            var norm = Math.Sqrt(x.Sum(v => v * v));
            return [.. x.Select(v => v / norm)];
        }
    }
}
