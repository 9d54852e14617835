using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class ProxyAnchorTests
{
    private static readonly (int Samples, int Classes, int Size)[] Sizes = [(1, 1, 1), (1, 4, 3), (7, 2, 3), (24, 11, 8)];

    public static TheoryData<double, double, ScalarType> Settings()
    {
        var data = new TheoryData<double, double, ScalarType>();
        foreach (var (scale, margin) in new[] { (32, 0.1), (1, 0), (5, 0.7), (200, 0.1) })
        {
            data.Add(scale, margin, ScalarType.Float32);
            data.Add(scale, margin, ScalarType.Float64);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Losses_equal_scalar_loops_over_the_papers_formula(double scale, double margin, ScalarType dtype)
    {
        foreach (var (samples, classes, size) in Sizes)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(3);
            using IMetricLoss loss = new ProxyAnchorLoss(new() { Scale = scale, Margin = margin }, new(classes, size, dtype, CPU));
            var (embeddings, labels) = (randn(samples, size, dtype: dtype) * 4, randint(0, classes, [samples]));
            var (rows, proxies, own) = (PlainRows.Of(embeddings), PlainRows.Of(loss.Parameters[0].Value), labels.data<long>().ToArray());
            var tolerance = dtype == float64 ? 1e-10 : 4e-6 * (1 + scale);
            foreach (var weights in new[] { null, Alternate(samples, 0, 1, 2), Alternate(samples, 0.3, 1.7), new double[samples] })
            {
                var value = loss.BatchLoss(embeddings, labels, weights is null ? null : tensor(weights).to(dtype));
                Assert.Equal((dtype, 0L), (value.dtype, value.Dimensions));
                Assert.Equal(Oracle(rows, proxies, own, scale, margin, weights), value.to(float64).item<double>(), tolerance);
            }

            var alone = loss.PerSample(embeddings, labels);
            Assert.Equal(dtype, alone.dtype);
            foreach (var (i, value) in alone.to(float64).data<double>().ToArray().Index())
            {
                Assert.Equal(Oracle([rows[i]], proxies, [own[i]], scale, margin, null), value, tolerance);
            }
        }
    }

    [Fact]
    public void Classes_without_a_sample_of_positive_weight_do_not_count_among_the_positive_proxies()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var loss = new ProxyAnchorLoss(new(), new(5, 4, float64, CPU));
        var (embeddings, labels) = (randn(6, 4, dtype: float64), tensor(new long[] { 0, 1, 2, 0, 1, 2 }));
        var some = tensor(new long[] { 0, 1, 3, 4 });
        var without = loss.BatchLoss(embeddings[some], labels[some]);
        var weighted = loss.BatchLoss(embeddings, labels, tensor(new double[] { 1, 1, 0, 1, 1, 0 }));
        Assert.Equal(without.item<double>(), weighted.item<double>(), 1e-13);
        Assert.NotEqual(loss.BatchLoss(embeddings, labels).item<double>(), weighted.item<double>(), 1e-3);
    }

    [Fact]
    public void A_batch_of_which_everything_is_left_out_has_loss_0_and_no_gradient()
    {
        using var scope = NewDisposeScope();
        using var loss = new ProxyAnchorLoss(new(), new(5, 4, float32, CPU));
        var embeddings = randn(6, 4).requires_grad_();
        var value = loss.BatchLoss(embeddings, randint(0, 5, [6]), zeros(6));
        value.backward();
        Assert.Equal(0, value.item<float>());
        Assert.Equal(0, embeddings.grad!.abs().max().item<float>());
        Assert.Equal(0, loss.Proxies.grad!.abs().max().item<float>());
    }

    [Theory]
    [InlineData(32, 0.1)]
    [InlineData(3, 0.5)]
    public void Gradients_equal_central_differences(double scale, double margin)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var loss = new ProxyAnchorLoss(new() { Scale = scale, Margin = margin }, new(4, 4, float64, CPU));
        var (embeddings, labels) = (randn(6, 4, dtype: float64).requires_grad_(), tensor(new long[] { 0, 1, 2, 0, 1, 1 }));
        foreach (var weights in new[] { null, tensor(new[] { 2, 0, 0, 1, 0.5, 3 }) })
        {
            Assert.All([embeddings, loss.Proxies], input => input.grad?.zero_());
            Value().backward();
            PlainRows.AssertCentral(Value, embeddings, embeddings.grad!, 1e-6);
            PlainRows.AssertCentral(Value, loss.Proxies, loss.Proxies.grad!, 1e-6);

            Tensor Value() => loss.BatchLoss(embeddings, labels, weights) + loss.PerSample(embeddings, labels).sum();
        }
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e-3)]
    [InlineData(0.1)]
    [InlineData(2)]
    public void A_change_equals_the_difference_of_two_losses_and_keeps_float32s_digits(double size)
    {
        foreach (var scale in new[] { 1.0, 32, 300 })
        {
            using var scope = NewDisposeScope();
            random.manual_seed(6);
            using var loss = new ProxyAnchorLoss(new() { Scale = scale }, new(7, 4, float64, CPU));
            var cosines = ((rand(30, 7) * 2) - 1).to(float64);
            var move = (((rand(30, 7) * 2) - 1) * size).to(float64);
            var labels = randint(0, 7, [30]);
            using var at = loss.At(cosines, labels);
            var change = at.Change(move);
            var expected = loss.FromCosines(cosines + move, labels) - loss.FromCosines(cosines, labels);
            Assert.InRange((change - expected).abs().max().item<double>(), 0, 1e-15 * (100 + scale));
            using var single = loss.At(cosines.to(float32), labels);
            var coarse = single.Change(move.to(float32));
            Assert.Equal(float32, coarse.dtype);
            Assert.InRange(PlainRows.RelativeError(change, coarse), 0, 1e-6 * (1 + (scale / 10)));
        }
    }

    [Fact]
    public void Proxies_start_with_the_deviation_of_Kaiming_fan_out()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        using var loss = new ProxyAnchorLoss(new(), new(50, 400, float64, CPU));
        Assert.Equal(0.2, loss.Proxies.std().item<double>(), 0.004);
        Assert.False(loss.IsMeanOfSamples);
    }

    private static double[] Alternate(int count, params double[] weights) => [.. Enumerable.Range(0, count).Select(i => weights[i % weights.Length])];

    private static double Oracle(double[][] embeddings, double[][] proxies, long[] labels, double scale, double margin, double[]? weights)
    {
        var (positive, negative, positiveProxies) = (0.0, 0.0, 0);
        for (var p = 0; p < proxies.Length; p++)
        {
            var (own, other, found) = (new List<double> { 0 }, new List<double> { 0 }, false);
            for (var i = 0; i < embeddings.Length; i++)
            {
                var weight = weights?[i] ?? 1;
                if (weight == 0) continue;
                var cosine = PlainRows.Cosine(embeddings[i], proxies[p]);
                if (labels[i] == p)
                {
                    own.Add((-scale * (cosine - margin)) + Math.Log(weight));
                    found = true;
                }
                else
                {
                    other.Add((scale * (cosine + margin)) + Math.Log(weight));
                }
            }

            if (found) positiveProxies++;
            positive += LogSum(own);
            negative += LogSum(other);
        }

        return (positiveProxies == 0 ? 0 : positive / positiveProxies) + (negative / proxies.Length);

        static double LogSum(List<double> exponents)
        {
            var largest = exponents.Max();
            return largest + Math.Log(exponents.Sum(x => Math.Exp(x - largest)));
        }
    }
}
