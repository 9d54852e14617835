using Dml.Numerics;
using Dml.Torch;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>
/// Checks that a loss keeps the contract of <see cref="IMetricLoss"/> and, if it is one, of <see cref="IProxyLoss"/>. It takes a
/// second or less on a CPU. torch's global generator is seeded by the check.
/// </summary>
public static class LossConformance
{
    private const int Classes = 5;

    private const int EmbeddingSize = 8;

    private const string Flat =
        "expected values that move with the embedding, found the same at any embedding; "
        + "estimators explain PerSample, so return what the loss says of a sample.";

    /// <summary>
    /// Checks, in float32 and float64: parameter names, shape (N), dtype and finite values of <see cref="IMetricLoss.PerSample"/>,
    /// that a sample's value moves with its embedding and not with the rest of its batch; that <see cref="IMetricLoss.BatchLoss"/> is a scalar, the weighted
    /// mean of the samples or, where <see cref="IMetricLoss.IsMeanOfSamples"/> is false, the loss of the other samples where a weight is 0, with
    /// derivatives in the weights that move with the embeddings; gradients of both against central differences; and no tensor growth.
    /// For a proxy loss also: the shape of the proxies, <see cref="IProxyLoss.FromCosines"/> against PerSample, independence of the
    /// embedding's length, <see cref="IProxyLoss.At"/> against the difference of two losses, and <see cref="IProxyLoss.CurvatureAt"/>, where
    /// it is not null, against automatic differentiation. For a loss that remembers (<see cref="IRememberingLoss"/>): that all it depends on is in
    /// its memory, which keeps its form and which only TrainingLoss changes.
    /// </summary>
    /// <param name="make">Makes the loss with default or any other options; called several times, each result is disposed of.</param>
    /// <exception cref="ConformanceException">The loss breaks its contract.</exception>
    public static void Check(Func<LossShape, IMetricLoss> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        NativeTorch.EnsureLoaded();
        Expect.On("docs/losses.md#writing-one", () => CheckAll(make));
    }

    private static void CheckAll(Func<LossShape, IMetricLoss> make)
    {
        foreach (var dtype in new[] { float32, float64 })
        {
            random.manual_seed(1);
            using var scope = NewDisposeScope();
            using var loss = make(new(Classes, EmbeddingSize, dtype, CPU));
            Expect.That(loss is not null, $"The maker: expected an IMetricLoss, found null; return a new loss.");
            Parameters(loss!, dtype);
            foreach (var precision in new[] { float32, float64 })
            {
                var problem = new LossProblem(loss!, precision);
                Values(problem);
                Expect.On("docs/losses.md#the-loss-of-a-batch", () => LossBatchChecks.Check(problem));
            }

            if (dtype == float64) LossGradients.Check(new(loss!, dtype));
            if (loss is IProxyLoss proxyLoss) Expect.On("docs/losses.md#proxy-losses", () => ProxyLossChecks.Check(proxyLoss, Classes, EmbeddingSize));
            if (loss is not IRememberingLoss) continue;
            Expect.On("docs/losses.md#a-memory-of-earlier-batches", () => LossMemoryChecks.Check(make, new(Classes, EmbeddingSize, dtype, CPU)));
        }

        Growth(make);
    }

    private static void Parameters(IMetricLoss loss, ScalarType dtype)
    {
        var member = $"{loss.GetType().Name}.Parameters";
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in loss.Parameters)
        {
            Expect.That(
                !string.IsNullOrWhiteSpace(name),
                $"{member}: expected a name for every parameter, found an empty one; name it as it shall stand in the checkpoint.");
            Expect.That(names.Add(name), $"{member}: expected unique names, found \"{name}\" twice; the checkpoint keeps one tensor a name, so rename one.");
            Expect.That(value is { IsInvalid: false }, $"{member}: expected \"{name}\" to be a parameter, found none that is alive; "
                + $"make it in the constructor with nn.Parameter and dispose of it in Dispose alone.");
            Expect.That(
                value.dtype == dtype,
                $"{member}: expected \"{name}\" of dtype {Expect.Name(dtype)}, found {Expect.Name(value.dtype)}; make it with the shape's Dtype.");
            Expect.That(value.requires_grad, $"{member}: expected \"{name}\" to require a gradient, found that it does not; make it with nn.Parameter.");
            Expect.Finite(value, member);
        }
    }

    private static void Values(LossProblem problem)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (member, count) = (problem.Member("PerSample"), problem.Embeddings.shape[0]);
        var values = problem.PerSample();
        Expect.Form(values, [count], problem.Precision, member, "return one value a sample and leave means and weights to the caller");
        using (var regularizer = problem.Loss.Regularizer())
        {
            if (regularizer is not null) Expect.Form(regularizer, [], regularizer.dtype, problem.Member("Regularizer"), "return a scalar or null");
        }

        Expect.Close(values, problem.PerSample(), 0, member, "the same values from a second call", "draw nothing at random in a loss");
        if (!problem.Loss.IsMeanOfSamples) return;
        Expect.That(LossDependence.OnEmbeddings(problem.Loss, problem.Embeddings, problem.Labels), $"{member}: {Flat}");
        var alone = cat(
            [.. Enumerable.Range(0, (int)count).Select(i => problem.PerSample(problem.Embeddings.narrow(0, i, 1), problem.Labels.narrow(0, i, 1)))]);
        Expect.Close(
            values, alone, problem.Rounding, member, "the same value for a sample alone as in a batch", "form each value from its own embedding and label");
        var reversed = problem.PerSample(problem.Embeddings.flip(0), problem.Labels.flip(0)).flip(0);
        Expect.Close(
            values, reversed, problem.Rounding, member, "the same values in another order of the batch", "form each value from its own embedding and label");
    }

    private static void Growth(Func<LossShape, IMetricLoss> make)
    {
        const int Calls = 50;
        using var scope = NewDisposeScope();
        using var loss = make(new(Classes, EmbeddingSize, float32, CPU));
        var problem = new LossProblem(loss, float32);
        Expect.NoGrowth(problem.Member("PerSample"), Calls, () => problem.PerSample().Dispose());
        using var weights = problem.Weights();
        Expect.NoGrowth(problem.Member("BatchLoss"), Calls, () => problem.BatchLoss(weights).Dispose());
        Expect.NoGrowth(problem.Member("Regularizer"), Calls, () => loss.Regularizer()?.Dispose());
        if (loss is not IProxyLoss proxyLoss) return;
        using var cosines = ProxyLossChecks.Cosines(proxyLoss, problem);
        Expect.NoGrowth(problem.Member("FromCosines"), Calls, () => proxyLoss.FromCosines(cosines, problem.Labels).Dispose());
        Expect.NoGrowth(problem.Member("At"), Calls, () =>
        {
            using var noGradient = no_grad();
            using var at = proxyLoss.At(cosines, problem.Labels);
            at.Change(cosines).Dispose();
        });
        using var directions = cosines.unsqueeze(1);
        Expect.NoGrowth(problem.Member("CurvatureAt"), Calls, () =>
        {
            using var noGradient = no_grad();
            using var curvature = proxyLoss.CurvatureAt(cosines, problem.Labels);
            curvature?.Multiply(new(0, (int)cosines.shape[0]), directions).Dispose();
        });
    }
}
