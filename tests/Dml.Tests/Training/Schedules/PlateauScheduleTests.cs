using Dml.Engine.Training;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

public class PlateauScheduleTests
{
    /// <summary>A plain retelling of torch's documentation: patience 2, mode max, relative threshold 1e-4, rates in place of factors.</summary>
    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1, 0.5)]
    [InlineData(4, 0.1)]
    public void The_rates_are_those_of_a_plain_loop(int patience, double gamma)
    {
        const double Rate = 4e-3;
        var random = new Random(patience);
        var values = Enumerable.Range(0, 200).Select(i => 0.5 + (random.NextDouble() * 0.01) + (i < 50 ? i * 1e-3 : 0)).ToList();
        values.AddRange([values.Max() * 1.00005, values.Max() * 1.00012]);

        var scores = values.Select(v => new ValidationScore(v, v)).ToArray();
        double best = double.NegativeInfinity, rate = Rate;
        var bad = 0;
        var falls = 0;
        foreach (var (epoch, value) in scores.Select(s => s.HarmonicMean).Index())
        {
            if (value > best * (1 + 1e-4) || double.IsNegativeInfinity(best)) (best, bad) = (value, 0);
            else bad++;
            if (bad > patience)
            {
                var lower = rate * gamma;
                if (rate - lower > 1e-8)
                {
                    rate = lower;
                    falls++;
                }

                bad = 0;
            }

            Assert.Equal(rate, Factor(patience, gamma, Rate, scores[..(epoch + 1)]) * Rate, rate * 1e-12);
        }

        Assert.True(falls > 1);
    }

    [Fact]
    public void The_rates_are_those_of_torch()
    {
        const double Rate = 4e-3;
        var random = new Random(7);
        var scores = Enumerable.Range(0, 120)
            .Select(i => 0.5 + (random.NextDouble() * 0.02) + (i < 30 ? i * 2e-3 : 0)).Select(v => new ValidationScore(v, v)).ToArray();
        using var weight = new TorchSharp.Modules.Parameter(zeros(1));
        using var optimizer = optim.SGD([weight], Rate);
        var torch = optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode: "max", factor: 0.5, patience: 3);
        for (var epoch = 0; epoch < scores.Length; epoch++)
        {
            torch.step(scores[epoch].HarmonicMean);
            var rate = optimizer.ParamGroups.First().LearningRate;
            Assert.Equal(rate, Factor(3, 0.5, Rate, scores[..(epoch + 1)]) * Rate, rate * 1e-12);
        }
    }

    private static double Factor(int patience, double gamma, double rate, ValidationScore[] scores) => new PlateauSchedule().Factor(
        new() { Gamma = gamma, Patience = patience },
        new() { Optimizer = new() { LearningRate = rate, HeadLearningRate = rate / 2, ProxyLearningRate = rate } }, scores.Length, scores);
}
