using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>The comparisons that the suites are made of. Each throws a <see cref="ConformanceException"/> with the sentence it is given.</summary>
internal static class Expect
{
    /// <summary>Throws the sentence unless the condition holds.</summary>
    public static void That(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref Sentence sentence)
    {
        if (!condition) throw new ConformanceException(sentence.Take());
    }

    /// <summary>Names the page that helps where a check fails; the innermost one counts.</summary>
    public static void On(string page, Action checks)
    {
        try
        {
            checks();
        }
        catch (ConformanceException broken) when (broken.Page is null)
        {
            throw new ConformanceException(broken.Sentence, page);
        }
    }

    /// <summary>Shape, dtype and finite values of a result.</summary>
    public static void Form(Tensor? actual, long[] shape, ScalarType dtype, string member, string remedy)
    {
        if (actual is null || actual.IsInvalid)
        {
            throw new ConformanceException(
                $"{member}: expected a tensor of shape {Show(shape)}, found none that is alive; return a tensor and move it out of its dispose scope.");
        }

        That(actual.shape.SequenceEqual(shape), $"{member}: expected shape {Show(shape)}, found {Show(actual.shape)}; {remedy}.");
        That(actual.dtype == dtype,
            $"{member}: expected dtype {Name(dtype)}, found {Name(actual.dtype)}; convert the plugin's own tensors to the dtype of what it is given.");
        Finite(actual, member);
    }

    /// <summary>No NaN and no infinity.</summary>
    public static void Finite(Tensor actual, string member)
    {
        using var scope = NewDisposeScope();
        That(actual.isfinite().all().item<bool>(), $"{member}: expected finite values, found NaN or infinity; guard divisions, logarithms and exponentials.");
    }

    /// <summary>Greatest absolute difference, over the greatest expected value (at least 1e-30 where all are 0).</summary>
    public static double RelativeDifference(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (e, a) = (expected.to(float64), actual.to(float64));
        var scale = Math.Max(e.abs().max().item<double>(), 1e-30);
        return (a - e).abs().max().item<double>() / scale;
    }

    /// <summary>Equal up to rounding, relative to the greatest expected value.</summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance, string member, string what, string remedy)
    {
        var difference = RelativeDifference(expected, actual);
        That(difference <= tolerance, $"{member}: expected {what}, found a relative difference of {difference:G2} (at most {tolerance:G2}); {remedy}.");
    }

    /// <summary>Runs a call many times and throws when tensors stay alive. The first calls may fill caches and are not counted.</summary>
    public static void NoGrowth(string member, int calls, Action call, string remedy = "open a dispose scope and move only the result out of it")
    {
        using var scope = NewDisposeScope();
        call();
        call();
        var (alive, held) = (LiveTensors(), scope.DisposablesCount);
        for (var i = 0; i < calls; i++) call();
        var growth = Math.Max(LiveTensors() - alive, scope.DisposablesCount - held);
        That(growth <= 0, $"{member}: expected no tensor to stay alive, found {growth} after {calls} calls; {remedy}.");
    }

    public static string Show(IEnumerable<long> shape) => $"({string.Join(", ", shape)})";

    public static string Name(ScalarType dtype) => dtype.ToString().ToLowerInvariant();

    /// <summary>Tensors made by this thread that nobody has disposed of. A finalizer does not lower it, so the count needs no luck.</summary>
    private static long LiveTensors() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
