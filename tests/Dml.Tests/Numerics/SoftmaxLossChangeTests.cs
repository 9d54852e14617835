using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class SoftmaxLossChangeTests
{
    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e-2)]
    [InlineData(1.0)]
    [InlineData(30.0)]
    [InlineData(2000.0)]
    public void Change_in_float32_keeps_its_digits_for_moves_of_any_size(double size)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var logits = randn(64, 9, dtype: float64) * 6;
        var move = randn(64, 9, dtype: float64) * size;
        var labels = randint(0, 9, [64]);
        using var change32 = new SoftmaxLossChange(logits.to(float32), labels);
        var expected = Losses(logits.to(float32), move.to(float32), labels);
        var error = (change32.Change(move.to(float32)).to(float64) - expected).norm() / expected.norm();
        Assert.InRange(error.item<double>(), 0, 2e-6);
    }

    [Fact]
    public void A_confident_sample_keeps_its_digits()
    {
        // p_y = 1 - 2e-6: the published form subtracts two nearly equal numbers here.
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 14, 0, 0 }, [1, 3]);
        var move = tensor(new float[] { 1e-3f, 2e-3f, -1e-3f }, [1, 3]);
        var labels = zeros(1, dtype: int64);
        using var change = new SoftmaxLossChange(logits, labels);
        var expected = Losses(logits, move, labels).item<double>();
        Assert.InRange(change.Change(move).item<float>() / expected, 1 - 1e-4, 1 + 1e-4);
    }

    [Fact]
    public void A_large_move_of_a_class_that_does_not_matter_costs_no_digits()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 14, 0, -10 }, [1, 3]);
        var move = tensor(new float[] { 0, 1e-3f, -9 }, [1, 3]);
        var labels = zeros(1, dtype: int64);
        using var change = new SoftmaxLossChange(logits, labels);
        var expected = Losses(logits, move, labels).item<double>();
        Assert.InRange(change.Change(move).item<float>() / expected, 1 - 1e-3, 1 + 1e-3);
    }

    [Fact]
    public void A_loss_that_nearly_vanishes_is_followed_row_by_row()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 0, 5, 0, 20, 0, 20 }, [2, 3]);
        var move = tensor(new float[] { 30, 0, 0, 0, 70, 0 }, [2, 3]);
        var labels = zeros(2, dtype: int64);
        using var change = new SoftmaxLossChange(logits, labels);
        var expected = Losses(logits, move, labels).data<double>().ToArray();
        foreach (var (e, a) in expected.Zip(change.Change(move).data<float>().ToArray())) Assert.Equal(e, a, 1e-5 * Math.Abs(e));
    }

    /// <summary>log sum exp(z + dz - z_y - dz_y) minus the same at dz = 0, in plain double arithmetic.</summary>
    private static Tensor Losses(Tensor logits, Tensor move, Tensor labels)
    {
        var (z, dz, y) = (logits.to(float64).data<double>().ToArray(), move.to(float64).data<double>().ToArray(), labels.data<long>().ToArray());
        var width = (int)logits.shape[1];
        return tensor(y.Select((label, i) => Loss(i, label, 1) - Loss(i, label, 0)).ToArray());

        double Loss(int row, long label, int moved)
        {
            var values = Enumerable.Range(row * width, width).Select(k => z[k] + (moved * dz[k])).ToArray();
            var others = values.Where((_, k) => k != label).Select(v => v - values[label]).ToArray();
            var top = Math.Max(0, others.Max());
            return top > 0 ? top + Math.Log(Math.Exp(-top) + others.Sum(v => Math.Exp(v - top))) : Log1p(others.Sum(Math.Exp));
        }
    }

    /// <summary>log(1 + x) to full precision for small x.</summary>
    private static double Log1p(double x)
    {
        var u = 1 + x;
        return u == 1 ? x : Math.Log(u) * x / (u - 1);
    }
}
