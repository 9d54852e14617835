using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>What a loss of proxy cosines promises beyond <see cref="IMetricLoss"/>.</summary>
internal static class ProxyLossChecks
{
    public static void Check(IProxyLoss loss, int classes, int embeddingSize)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var member = $"{loss.GetType().Name}.Proxies";
        Expect.That(
            loss.ProxiesPerClass >= 1,
            $"{loss.GetType().Name}.ProxiesPerClass: expected at least 1, found {loss.ProxiesPerClass}; return K, the number of proxies of a class.");
        long[] shape = [classes * loss.ProxiesPerClass, embeddingSize];
        Expect.That(loss.Proxies.shape.SequenceEqual(shape), $"{member}: expected shape {Expect.Show(shape)}, C * K rows of E numbers, "
            + $"found {Expect.Show(loss.Proxies.shape)}; keep one row a proxy, ordered class * K + k.");
        Expect.That(
            loss.Parameters.Any(p => p.Value.Handle == loss.Proxies.Handle),
            $"{member}: expected the proxies among Parameters, found them missing; list them there or they are neither trained nor saved.");
        foreach (var precision in new[] { float32, float64 })
        {
            var problem = new LossProblem(loss, precision);
            Values(loss, problem);
            Change(loss, problem);
            CurvatureChecks.Check(loss, problem);
        }
    }

    /// <summary>(N, P) cosines of the problem's batch with the loss's proxies.</summary>
    public static Tensor Cosines(IProxyLoss loss, LossProblem problem)
    {
        using var noGradient = no_grad();
        return UnitRows.Cosines(problem.Embeddings, loss.Proxies);
    }

    private static void Values(IProxyLoss loss, LossProblem problem)
    {
        using var scope = NewDisposeScope();
        var member = problem.Member("FromCosines");
        var values = problem.PerSample();
        var scaled = problem.PerSample(problem.Embeddings * 3, problem.Labels);
        Expect.Close(
            values, scaled, problem.Rounding, problem.Member("PerSample"), "the same values for embeddings three times as long",
            "let the embedding enter through its cosines alone, or implement IMetricLoss instead");
        var fromCosines = loss.FromCosines(Cosines(loss, problem), problem.Labels);
        Expect.Form(fromCosines, values.shape, problem.Precision, member, "return one value a sample");
        Expect.Close(
            values, fromCosines, problem.Rounding, member, "the values of PerSample from the cosines of its embeddings",
            "let PerSample call FromCosines with UnitRows.Cosines(embeddings, Proxies)");
    }

    private static void Change(IProxyLoss loss, LossProblem problem)
    {
        using var scope = NewDisposeScope();
        var member = problem.Member("At(...).Change");
        var cosines = Cosines(loss, problem);
        var moves = new Draws(3).Normal(cosines.shape);
        using var at = loss.At(cosines, problem.Labels);

        // The SDK's own subtraction is right for every loss and keeps few digits in float32; whoever overrides At promises them all.
        var subtracts = at.GetType().Assembly == typeof(IProxyLoss).Assembly;
        foreach (var size in problem.Precision == float64 ? [1e-1, 1e-3] : new[] { 1e-1, 1e-5 })
        {
            var move = (moves * size).to(problem.Precision);
            var change = at.Change(move);
            Expect.Form(change, problem.Labels.shape, problem.Precision, member, "return one change a sample");
            if (problem.Precision == float32 && subtracts) continue;
            var (from, to) = (cosines.to(float64), cosines.to(float64) + move.to(float64));
            var expected = loss.FromCosines(to, problem.Labels) - loss.FromCosines(from, problem.Labels);
            var (tolerance, what) = problem.Precision == float64
                ? (1e-9, "the difference of two FromCosines")
                : (1e-3, $"a float32 change that keeps its digits for moves of {size:G1}");
            Expect.Close(expected, change, tolerance, member, what, problem.Precision == float64
                ? "form loss at (cosines + change) minus loss at cosines"
                : "use a closed form such as SoftmaxLossChange, or do not override At");
        }
    }
}
