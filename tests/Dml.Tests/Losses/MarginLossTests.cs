using Dml.Numerics;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

/// <summary>Softmax losses with a margin on the own class's cosine, against scalar loops over the papers' formulas.</summary>
public sealed class MarginLossTests
{
    private static readonly (int Samples, int Classes, int Size)[] Sizes = [(1, 1, 1), (7, 2, 3), (16, 11, 8)];

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["arcface"] = new(shape => new ArcFaceLoss(new(), shape), 64, angle => ArcFace(angle, 0.5)),
        ["arcface, wide"] = new(shape => new ArcFaceLoss(new() { Scale = 5, Margin = 1.4 }, shape), 5, angle => ArcFace(angle, 1.4)),
        ["arcface, none"] = new(shape => new ArcFaceLoss(new() { Scale = 16, Margin = 0 }, shape), 16, Math.Cos),
        ["subcenter-arcface"] = new(shape => new SubCenterArcFaceLoss(new(), shape), 64, angle => ArcFace(angle, 0.5)) { Centers = 3 },
        ["subcenter-arcface, one"] = new(shape => new SubCenterArcFaceLoss(new() { Centers = 1, Scale = 9, Margin = 1 }, shape), 9, angle => ArcFace(angle, 1)),
        ["cosface"] = new(shape => new CosFaceLoss(new(), shape), 64, angle => Math.Cos(angle) - 0.35),
        ["cosface, other"] = new(shape => new CosFaceLoss(new() { Scale = 3, Margin = 1.2 }, shape), 3, angle => Math.Cos(angle) - 1.2),
        ["norm-softmax"] = new(shape => new NormSoftmaxLoss(new(), shape), 20, Math.Cos),
        ["norm-softmax, warm"] = new(shape => new NormSoftmaxLoss(new() { Temperature = 2 }, shape), 0.5, Math.Cos),
        ["sphereface"] = new(shape => new SphereFaceLoss(new(), shape), 30, angle => SphereFace(angle, 1.5)),
        ["sphereface, four"] = new(shape => new SphereFaceLoss(new() { Scale = 10, Margin = 4 }, shape), 10, angle => SphereFace(angle, 4)),
        ["sphereface, none"] = new(shape => new SphereFaceLoss(new() { Scale = 10, Margin = 1 }, shape), 10, Math.Cos),
        ["proxy-circle"] = Circle(80, 0.4),
        ["proxy-circle, none"] = Circle(9, 0),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    public static MatrixTheoryData<string, ScalarType> Settings => new(Cases.Keys, [ScalarType.Float32, ScalarType.Float64]);

    [Theory]
    [MemberData(nameof(Settings))]
    public void Losses_equal_scalar_loops_over_the_papers_formula(string name, ScalarType dtype)
    {
        var one = Cases[name];
        foreach (var (samples, classes, size) in Sizes)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(3);
            using var loss = one.Make(new(classes, size, dtype, CPU));
            var (embeddings, labels) = (randn(samples, size, dtype: dtype) * 4, randint(0, classes, [samples]));
            Assert.Equal([classes * one.Centers, size], loss.Proxies.shape);
            var (rows, proxies, classOf) = (PlainRows.Of(embeddings), PlainRows.Of(loss.Proxies), labels.data<long>().ToArray());
            var actual = loss.PerSample(embeddings, labels);
            Assert.Equal(dtype, actual.dtype);
            foreach (var (i, value) in actual.to(float64).data<double>().ToArray().Index())
            {
                Assert.Equal(one.Loss(rows[i], proxies, classOf[i]), value, dtype == float64 ? 1e-10 : 4e-6 * (1 + one.Scale));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_equal_central_differences(string name)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var loss = Cases[name].Make(new(3, 4, float64, CPU));
        var (embeddings, labels) = (randn(5, 4, dtype: float64).requires_grad_(), randint(0, 3, [5]));
        Value().backward();
        PlainRows.AssertCentral(Value, embeddings, embeddings.grad!, 1e-6 * Cases[name].Scale);
        PlainRows.AssertCentral(Value, loss.Proxies, loss.Proxies.grad!, 1e-6 * Cases[name].Scale);

        Tensor Value() => loss.PerSample(embeddings, labels).sum();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_change_equals_the_difference_of_two_losses_and_keeps_float32s_digits(string name)
    {
        foreach (var size in new[] { 1e-6, 1e-3, 0.1 })
        {
            using var scope = NewDisposeScope();
            random.manual_seed(6);
            using var loss = Cases[name].Make(new(7, 4, float64, CPU));
            var cosines = (((rand(30, loss.Proxies.shape[0], dtype: float64) * 2) - 1) * 0.9).to(float32);
            var (move, labels) = (((rand_like(cosines) * 2) - 1) * size, randint(0, 7, [30]));
            using var at = loss.At(cosines, labels);
            using var exact = loss.At(cosines.to(float64), labels);
            var (from, change) = (cosines.to(float64), exact.Change(move.to(float64)));
            var difference = loss.FromCosines(from + move.to(float64), labels) - loss.FromCosines(from, labels);
            Assert.InRange((change - difference).abs().max().item<double>(), 0, 1e-12);
            Assert.InRange(PlainRows.RelativeError(change, at.Change(move)), 0, 2e-6);
        }
    }

    /// <summary>The angle has no slope in its cosine there; float32 may even take the cosine beyond 1.</summary>
    [Theory]
    [MemberData(nameof(Settings))]
    public void Embeddings_on_a_proxy_and_opposite_to_it_have_finite_derivatives(string name, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        using var loss = Cases[name].Make(new(40, 16, dtype, CPU));
        var labels = arange(40).repeat(2);
        var own = loss.Proxies.detach().view(40, -1, 16).select(1, 0);
        var embeddings = cat([own * 3, own * -0.7], 0).requires_grad_();
        loss.PerSample(embeddings, labels).sum().backward();
        Assert.True(embeddings.grad!.isfinite().all().item<bool>());
        Assert.True(loss.Proxies.grad!.isfinite().all().item<bool>());
        var cosines = cat([full(3, loss.Proxies.shape[0], 1 + 1e-7, dtype: dtype), full(3, loss.Proxies.shape[0], -1 - 1e-7, dtype: dtype)], 0);
        using var curvature = loss.CurvatureAt(cosines, labels.narrow(0, 0, 6))!;
        Assert.True(curvature.Gradient.isfinite().all().item<bool>());
        Assert.True(curvature.Multiply(new(0, 6), randn(6, 2, cosines.shape[1], dtype: dtype)).isfinite().all().item<bool>());
    }

    [Fact]
    public void The_nearest_centre_alone_moves()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(8);
        using var loss = new SubCenterArcFaceLoss(new(), new(4, 6, float64, CPU));
        var (embedding, label) = (randn(1, 6, dtype: float64), zeros(1, int64));
        loss.PerSample(embedding, label).sum().backward();
        var cosines = UnitRows.Cosines(embedding, loss.Proxies).view(4, 3);
        var moved = loss.Proxies.grad!.norm(1).view(4, 3) > 0;
        Assert.Equal(cosines.argmax(1).data<long>().ToArray(), moved.to(int64).argmax(1).data<long>().ToArray());
        Assert.Equal(4, moved.sum().item<long>());
    }

    /// <summary>cos(theta + m), and beyond pi - m what the published code has; the sine as that of an angle of at least 0.001.</summary>
    private static double ArcFace(double angle, double margin) => angle > Math.PI - margin
        ? Math.Cos(angle) - (margin * Math.Sin(margin))
        : (Math.Cos(angle) * Math.Cos(margin)) - (Math.Max(Math.Sin(angle), 1e-3) * Math.Sin(margin));

    private static double SphereFace(double angle, double margin)
    {
        var k = 0;
        var moved = Math.Clamp(angle, 1e-3, Math.PI - 1e-3) * margin;
        while (moved > (k + 1) * Math.PI) k++;
        return ((k % 2 == 0 ? 1 : -1) * Math.Cos(moved)) - (2 * k);
    }

    /// <summary>The paper's weights times its differences.</summary>
    private static Case Circle(double scale, double margin) => new(
        shape => new ProxyCircleLoss(new() { Scale = scale, Margin = margin }, shape),
        scale,
        angle => Math.Max(0, 1 + margin - Math.Cos(angle)) * (Math.Cos(angle) - (1 - margin)))
    {
        Other = angle => Math.Max(0, Math.Cos(angle) + margin) * (Math.Cos(angle) - margin),
    };

    /// <summary>A loss, its scale, and the values of the own class and of others by the angle to the nearest of their centres.</summary>
    private sealed record Case(Func<LossShape, ProxyLoss> Make, double Scale, Func<double, double> Own)
    {
        public int Centers { get; init; } = 1;

        public Func<double, double> Other { get; init; } = Math.Cos;

        public double Loss(double[] embedding, double[][] proxies, long label)
        {
            var logits = new double[proxies.Length / Centers];
            for (var c = 0; c < logits.Length; c++)
            {
                var nearest = Enumerable.Range(0, Centers).Max(k => PlainRows.Cosine(embedding, proxies[(c * Centers) + k]));
                logits[c] = Scale * (c == label ? Own : Other)(Math.Acos(Math.Clamp(nearest, -1, 1)));
            }

            return logits.Max() - logits[label] + Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max())));
        }
    }
}
