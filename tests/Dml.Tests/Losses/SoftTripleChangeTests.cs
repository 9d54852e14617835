using Dml.Plugins;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

/// <summary>The closed form of a change against the difference of two losses in float64.</summary>
public sealed class SoftTripleChangeTests
{
    private const int Classes = 6;

    public static TheoryData<int, double, double> Settings()
    {
        var data = new TheoryData<int, double, double>();
        foreach (var centers in new[] { 1, 2, 3, 10 })
        {
            foreach (var gamma in new[] { 1, 0.1, 0.01, 0.001 })
            {
                foreach (var size in new[] { 1e-6, 1e-3, 0.1, 2 }) data.Add(centers, gamma, size);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_change_equals_the_difference_of_two_losses(int centers, double gamma, double size)
    {
        using var scope = NewDisposeScope();
        using var loss = Make(centers, gamma, margin: 0.05);
        var (cosines, move, labels) = Problem(centers, size);
        using var at = loss.At(cosines, labels);
        var expected = loss.FromCosines(cosines + move, labels) - loss.FromCosines(cosines, labels);

        // The difference itself is off by the rounding of two losses of up to 20 * 2.
        Assert.InRange((at.Change(move) - expected).abs().max().item<double>(), 0, 1e-12 + (1e-13 * size / gamma));
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_float32_change_keeps_its_digits(int centers, double gamma, double size)
    {
        using var scope = NewDisposeScope();
        using var loss = Make(centers, gamma, margin: 0.05);
        var (cosines, move, labels) = Problem(centers, size);
        (cosines, move) = (cosines.to(float32), move.to(float32));
        using var at = loss.At(cosines, labels);
        var (from, change) = (cosines.to(float64), at.Change(move));
        using var exact = loss.At(from, labels);
        Assert.Equal(float32, change.dtype);

        // cos / gamma is only known to 6e-8 / gamma, and with it the share of a centre.
        Assert.InRange(PlainRows.RelativeError(exact.Change(move.to(float64)), change), 0, 2e-6 + (1e-6 / gamma));
    }

    /// <summary>float32 alone would lose what the plain difference loses: shows that the test above can fail.</summary>
    [Fact]
    public void A_float32_difference_of_two_losses_would_not_pass()
    {
        using var scope = NewDisposeScope();
        using var loss = Make(3, 0.1, margin: 0.05);
        var (cosines, move, labels) = Problem(3, 1e-6);
        using var exact = loss.At(cosines.to(float32).to(float64), labels);
        var difference = loss.FromCosines((cosines + move).to(float32), labels) - loss.FromCosines(cosines.to(float32), labels);
        Assert.True(PlainRows.RelativeError(exact.Change(move), difference) > 1e-3);
    }

    [Fact]
    public void A_move_of_all_centres_alike_changes_no_shares()
    {
        using var scope = NewDisposeScope();
        using var loss = Make(4, 0.1, margin: 0);
        using var plain = Make(1, 0.1, margin: 0);
        var (cosines, _, labels) = Problem(4, 1);
        var move = randn(cosines.shape[0], Classes, dtype: float64) * 0.3;
        using var at = loss.At(cosines, labels);
        var similarities = ((cosines.view(-1, Classes, 4) / 0.1).softmax(2) * cosines.view(-1, Classes, 4)).sum(2);
        using var atSimilarities = plain.At(similarities, labels);
        Assert.InRange((at.Change(move.repeat_interleave(4, 1)) - atSimilarities.Change(move)).abs().max().item<double>(), 0, 1e-13);
    }

    [Fact]
    public void Live_tensors_do_not_grow()
    {
        using var scope = NewDisposeScope();
        using var loss = Make(3, 0.001, margin: 0.01);
        var (cosines, move, labels) = Problem(3, 2);
        Call();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 50; i++) Call();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Call()
        {
            using var at = loss.At(cosines, labels);
            at.Change(move).Dispose();
        }
    }

    private static SoftTripleLoss Make(int centers, double gamma, double margin) =>
        new(new() { Centers = centers, Gamma = gamma, Margin = margin }, new(Classes, 4, float64, CPU));

    /// <summary>Cosines in [-1, 1] and moves that leave them there where the size allows it.</summary>
    private static (Tensor Cosines, Tensor Move, Tensor Labels) Problem(int centers, double size)
    {
        random.manual_seed(7);
        var cosines = (rand(30, Classes * centers, dtype: float64) * 2) - 1;
        var move = (((rand_like(cosines) * 2) - 1) * size).to(float32).to(float64);
        return (cosines.to(float32).to(float64), move, randint(0, Classes, [30]));
    }
}
