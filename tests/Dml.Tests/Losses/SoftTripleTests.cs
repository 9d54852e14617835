using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class SoftTripleTests
{
    private static readonly (int Samples, int Classes, int Size)[] Sizes = [(1, 1, 1), (7, 2, 3), (16, 11, 8)];

    public static TheoryData<int, double, double, double, ScalarType> Settings()
    {
        var data = new TheoryData<int, double, double, double, ScalarType>();
        foreach (var centers in new[] { 1, 2, 3, 10 })
        {
            foreach (var (scale, gamma, margin) in new[] { (20.0, 0.1, 0.01), (2.0, 1.0, 0.0), (78.0, 0.02, 0.3), (0.5, 30.0, 1.0) })
            {
                data.Add(centers, scale, gamma, margin, ScalarType.Float32);
                data.Add(centers, scale, gamma, margin, ScalarType.Float64);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Losses_equal_scalar_loops_over_the_papers_formula(int centers, double scale, double gamma, double margin, ScalarType dtype)
    {
        foreach (var (samples, classes, size) in Sizes)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(3);
            var options = new SoftTripleOptions { Centers = centers, Scale = scale, Gamma = gamma, Margin = margin };
            using IMetricLoss loss = new SoftTripleLoss(options, new(classes, size, dtype, CPU));
            var (embeddings, labels) = (randn(samples, size, dtype: dtype) * 4, randint(0, classes, [samples]));
            var weights = tensor(Enumerable.Range(0, samples).Select(i => i % 3 * 0.7).ToArray()).to(dtype);
            var expected = Oracle(PlainRows.Of(embeddings), PlainRows.Of(loss.Parameters[0].Value), labels.data<long>().ToArray(), options);
            var actual = loss.PerSample(embeddings, labels);
            Assert.Equal(dtype, actual.dtype);
            var tolerance = dtype == float64 ? 1e-10 : 2e-6 * (1 + scale);
            foreach (var (e, a) in expected.Zip(actual.to(float64).data<double>().ToArray())) Assert.Equal(e, a, tolerance);
            Assert.Equal(expected.Average(), loss.BatchLoss(embeddings, labels).to(float64).item<double>(), tolerance);
            var weighted = expected.Select((e, i) => e * weights[i].to(float64).item<double>()).Sum() / samples;
            Assert.Equal(weighted, loss.BatchLoss(embeddings, labels, weights).to(float64).item<double>(), tolerance);
        }
    }

    [Theory]
    [InlineData(2, 1, 0.2)]
    [InlineData(3, 5, 0.2)]
    [InlineData(10, 4, 0.7)]
    public void Regularizer_equals_scalar_loops_over_pairs_of_centres(int centers, int classes, double tau)
    {
        foreach (var (dtype, tolerance) in new[] { (float64, 1e-12), (float32, 1e-6) })
        {
            using var scope = NewDisposeScope();
            random.manual_seed(4);
            using var loss = new SoftTripleLoss(new() { Centers = centers, Tau = tau }, new(classes, 6, dtype, CPU));
            var rows = PlainRows.Of(loss.Proxies);
            var sum = 0.0;
            for (var c = 0; c < classes; c++)
            {
                for (var k = 0; k < centers; k++)
                {
                    for (var other = k + 1; other < centers; other++)
                    {
                        sum += Math.Sqrt(2 + 1e-5 - (2 * PlainRows.Cosine(rows[(c * centers) + k], rows[(c * centers) + other])));
                    }
                }
            }

            Assert.Equal(tau * sum / (classes * centers * (centers - 1)), loss.Regularizer()!.to(float64).item<double>(), tolerance);
        }
    }

    [Theory]
    [InlineData(1, 0.2)]
    [InlineData(4, 0)]
    public void There_is_no_regularizer_for_one_centre_or_tau_0(int centers, double tau)
    {
        using var loss = new SoftTripleLoss(new() { Centers = centers, Tau = tau }, new(3, 4, float32, CPU));
        Assert.Null(loss.Regularizer());
    }

    [Fact]
    public void Equal_centres_leave_the_regularizer_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        using var loss = new SoftTripleLoss(new() { Centers = 3 }, new(2, 4, float32, CPU));
        using (no_grad()) loss.Proxies.copy_(ones(6, 4) * 0.3);
        loss.Regularizer()!.backward();
        Assert.True(loss.Proxies.grad!.isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Gradients_equal_central_differences(int centers)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var loss = new SoftTripleLoss(new() { Centers = centers, Scale = 5 }, new(3, 4, float64, CPU));
        var (embeddings, labels) = (randn(5, 4, dtype: float64).requires_grad_(), randint(0, 3, [5]));
        var weights = tensor(new[] { 2, 0, 1, 0.5, 3 });
        Value().backward();
        PlainRows.AssertCentral(Value, embeddings, embeddings.grad!, 1e-7);
        PlainRows.AssertCentral(Value, loss.Proxies, loss.Proxies.grad!, 1e-7);

        Tensor Value()
        {
            var sum = ((IMetricLoss)loss).BatchLoss(embeddings, labels, weights);
            return loss.Regularizer() is { } regularizer ? sum + regularizer : sum;
        }
    }

    [Fact]
    public void Dtype_of_the_embeddings_rules_over_that_of_the_centres()
    {
        using var scope = NewDisposeScope();
        using var loss = new SoftTripleLoss(new() { Centers = 2 }, new(3, 4, float32, CPU));
        Assert.Equal(float64, loss.PerSample(randn(5, 4, dtype: float64), randint(0, 3, [5])).dtype);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void Centres_start_with_the_deviation_of_Kaiming_fan_out(int centers)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        using var loss = new SoftTripleLoss(new() { Centers = centers }, new(50, 400, float64, CPU));
        Assert.Equal([50L * centers, 400], loss.Proxies.shape);
        Assert.Equal(Math.Sqrt(2.0 / (50 * centers)), loss.Proxies.std().item<double>(), 0.02 * Math.Sqrt(2.0 / (50 * centers)));
        Assert.Equal(0, loss.Proxies.mean().item<double>(), 0.02 * Math.Sqrt(2.0 / (50 * centers)));
    }

    private static double[] Oracle(double[][] embeddings, double[][] centers, long[] labels, SoftTripleOptions options)
    {
        var (perClass, classes) = (options.Centers, centers.Length / options.Centers);
        return [.. embeddings.Select((embedding, i) =>
        {
            var logits = new double[classes];
            for (var c = 0; c < classes; c++)
            {
                var cosines = Enumerable.Range(0, perClass).Select(k => PlainRows.Cosine(embedding, centers[(c * perClass) + k])).ToArray();
                var shares = cosines.Select(cosine => Math.Exp((cosine - cosines.Max()) / options.Gamma)).ToArray();
                var similarity = shares.Zip(cosines, (share, cosine) => share * cosine).Sum() / shares.Sum();
                logits[c] = options.Scale * (similarity - (c == labels[i] ? options.Margin : 0));
            }

            return logits.Max() - logits[labels[i]] + Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max())));
        })];
    }
}
