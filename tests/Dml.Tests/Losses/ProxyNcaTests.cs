using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class ProxyNcaTests
{
    private static readonly (int Samples, int Classes, int Size)[] Sizes = [(1, 2, 1), (7, 2, 3), (16, 11, 8)];

    public static MatrixTheoryData<double, bool, ScalarType> Settings => new([1.0, 3, 0.2, 7], [false, true], [ScalarType.Float32, ScalarType.Float64]);

    [Theory]
    [MemberData(nameof(Settings))]
    public void Losses_equal_scalar_loops_over_the_papers_formula(double scale, bool ownInDenominator, ScalarType dtype)
    {
        foreach (var (samples, classes, size) in Sizes)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(3);
            using var loss = new ProxyNcaLoss(new() { Scale = scale, OwnInDenominator = ownInDenominator }, new(classes, size, dtype, CPU));
            var (embeddings, labels) = (randn(samples, size, dtype: dtype) * 4, randint(0, classes, [samples]));
            var (rows, proxies) = (PlainRows.Of(embeddings), PlainRows.Of(loss.Proxies));
            var actual = loss.PerSample(embeddings, labels);
            Assert.Equal(dtype, actual.dtype);
            foreach (var (i, value) in actual.to(float64).data<double>().ToArray().Index())
            {
                var expected = Oracle(rows[i], proxies, labels[i].item<long>(), scale, ownInDenominator);
                Assert.Equal(expected, value, dtype == float64 ? 1e-10 : 4e-6 * (1 + (scale * scale)));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_equal_central_differences(bool ownInDenominator)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var loss = new ProxyNcaLoss(new() { Scale = 2, OwnInDenominator = ownInDenominator }, new(3, 4, float64, CPU));
        var (embeddings, labels) = (randn(5, 4, dtype: float64).requires_grad_(), randint(0, 3, [5]));
        Value().backward();
        PlainRows.AssertCentral(Value, embeddings, embeddings.grad!, 1e-6);
        PlainRows.AssertCentral(Value, loss.Proxies, loss.Proxies.grad!, 1e-6);

        Tensor Value() => loss.PerSample(embeddings, labels).sum();
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e-3)]
    [InlineData(0.1)]
    [InlineData(2)]
    public void A_change_equals_the_difference_of_two_losses_and_keeps_float32s_digits(double size)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        using var loss = new ProxyNcaLoss(new() { Scale = 3 }, new(7, 4, float64, CPU));
        var cosines = ((rand(30, 7, dtype: float64) * 2) - 1).to(float32);
        var (move, labels) = (((rand_like(cosines) * 2) - 1) * size, randint(0, 7, [30]));
        using var at = loss.At(cosines, labels);
        using var exact = loss.At(cosines.to(float64), labels);
        var (from, change) = (cosines.to(float64), exact.Change(move.to(float64)));
        var difference = loss.FromCosines(from + move.to(float64), labels) - loss.FromCosines(from, labels);
        Assert.InRange((change - difference).abs().max().item<double>(), 0, 1e-12);
        Assert.InRange(PlainRows.RelativeError(change, at.Change(move)), 0, 2e-6);
    }

    [Fact]
    public void With_the_own_class_in_the_denominator_it_is_ProxyNCA_plus_plus()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var loss = new ProxyNcaLoss(new() { Scale = 3, OwnInDenominator = true }, new(5, 4, float64, CPU));
        using var other = new ProxyNcaPPLoss(new() { Scale = 3 }, new(5, 4, float64, CPU));
        using (no_grad()) other.Proxies.copy_(loss.Proxies);
        var (embeddings, labels) = (randn(9, 4, dtype: float64), randint(0, 5, [9]));
        Assert.InRange((loss.PerSample(embeddings, labels) - other.PerSample(embeddings, labels)).abs().max().item<double>(), 0, 1e-12);
    }

    [Fact]
    public void One_class_alone_has_no_denominator()
    {
        var error = Assert.Throws<DmlException>(() => new ProxyNcaLoss(new(), new(1, 4, float32, CPU)));
        Assert.Equal(
            "loss.ownInDenominator: expected at least 2 training classes for proxy-nca, whose denominator is the others, found 1; "
                + "set it to true or add classes.",
            error.Message);
        new ProxyNcaLoss(new() { OwnInDenominator = true }, new(1, 4, float32, CPU)).Dispose();
    }

    private static double Oracle(double[] embedding, double[][] proxies, long label, double scale, bool ownInDenominator)
    {
        var distances = proxies.Select(proxy => 2 * scale * scale * (1 - PlainRows.Cosine(embedding, proxy))).ToArray();
        var sum = distances.Where((_, c) => ownInDenominator || c != label).Sum(distance => Math.Exp(-distance));
        return -Math.Log(Math.Exp(-distances[label]) / sum);
    }
}
