using Dml.Engine.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

public class MilestoneScheduleTests
{
    [Fact]
    public void The_rates_are_those_of_torch_s_MultiStepLR()
    {
        int[] milestones = [3, 4, 9];
        using var weight = new TorchSharp.Modules.Parameter(zeros(1));
        using var optimizer = optim.SGD([weight], 1e-3);
        var torch = optim.lr_scheduler.MultiStepLR(optimizer, milestones, 0.3);
        for (var epoch = 0; epoch < 12; epoch++)
        {
            var rate = optimizer.ParamGroups.First().LearningRate;
            Assert.Equal(rate, 1e-3 * new MilestoneSchedule().Factor(new() { Epochs = milestones, Gamma = 0.3 }, new(), epoch, []), rate * 1e-12);
            torch.step();
        }
    }
}
