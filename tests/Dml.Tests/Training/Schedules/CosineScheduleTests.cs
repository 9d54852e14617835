using Dml.Engine.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

public class CosineScheduleTests
{
    [Theory]
    [InlineData(1, 0, 0.1, 0)]
    [InlineData(20, 0, 0.1, 0)]
    [InlineData(20, 5, 0.25, 0.01)]
    [InlineData(7, 6, 0, 0.5)]
    public void The_rates_are_those_of_torch_s_LinearLR_and_CosineAnnealingLR(int epochs, int ramp, double start, double least)
    {
        const double Rate = 2e-3;
        using var weight = new TorchSharp.Modules.Parameter(zeros(1));
        using var optimizer = optim.SGD([weight], Rate);
        var cosine = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs - ramp, least * Rate);
        for (var epoch = ramp; epoch < epochs; epoch++)
        {
            var rate = optimizer.ParamGroups.First().LearningRate;
            Assert.Equal(rate, Factor(epoch) * Rate, Rate * 1e-12);
            cosine.step();
        }

        if (ramp == 0) return;
        using var rising = optim.SGD([weight], Rate);
        var linear = start > 0 ? optim.lr_scheduler.LinearLR(rising, start, 1, ramp) : null;
        for (var epoch = 0; epoch < ramp; epoch++)
        {
            var rate = linear is null ? Rate * epoch / ramp : rising.ParamGroups.First().LearningRate;
            Assert.Equal(rate, Factor(epoch) * Rate, Rate * 1e-12);
            linear?.step();
        }

        double Factor(int epoch) =>
            new CosineSchedule().Factor(new() { RampEpochs = ramp, RampStart = start, Least = least }, new() { Epochs = epochs }, epoch, []);
    }

    [Fact]
    public void The_rates_are_values_by_hand()
    {
        double[] expected = [0.2, 0.6, 1, 0.9 * (1 + Math.Sqrt(0.5)) / 2 + 0.1, 0.55, (0.9 * (1 - Math.Sqrt(0.5)) / 2) + 0.1];
        for (var epoch = 0; epoch < expected.Length; epoch++)
        {
            Assert.Equal(
                expected[epoch], new CosineSchedule().Factor(new() { RampEpochs = 2, RampStart = 0.2, Least = 0.1 }, new() { Epochs = 6 }, epoch, []), 1e-15);
        }
    }
}
