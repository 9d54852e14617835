using Dml.Host.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class DeviceCheckTests
{
    [Fact]
    public void A_device_that_agrees_is_accepted_and_nothing_is_left_changed()
    {
        using var problem = new TinyProblem(seed: 1);
        using var reference = new TinyProblem(seed: 2);
        var before = problem.Bytes();
        DeviceCheck.Require(problem.Model, problem.Loss, reference.Model, reference.Loss, 8);
        Assert.All(before, entry => Assert.Equal(entry.Value, problem.Bytes()[entry.Key]));
        Assert.All(problem.Loss.Parameters, p => Assert.True(p.Value.grad is null || p.Value.grad.abs().max().item<float>() == 0));
    }

    [Theory]
    [InlineData(1.05, 1, "loss off by 5")]
    [InlineData(1, 1.2, "gradient of the head off by 20")]
    public void A_device_that_disagrees_is_refused_with_what_is_off(double value, double gradient, string found)
    {
        using var problem = new TinyProblem(seed: 1);
        using var reference = new TinyProblem(seed: 2);
        problem.Loss = new WrongLoss(problem.Loss, value, gradient);
        var message = Assert.Throws<DmlException>(() => DeviceCheck.Require(problem.Model, problem.Loss, reference.Model, reference.Loss, 8)).Message;
        Assert.Contains(found, message, StringComparison.Ordinal);
        Assert.StartsWith("Expected the device cpu to agree with the CPU on a small batch", message, StringComparison.Ordinal);
    }

    /// <summary>A loss whose value and gradient are off by factors, as on a device that computes wrongly.</summary>
    private sealed class WrongLoss(IMetricLoss inner, double value, double gradient) : IMetricLoss
    {
        public IReadOnlyList<NamedParameter> Parameters => inner.Parameters;

        public Tensor PerSample(Tensor embeddings, Tensor labels)
        {
            var right = inner.PerSample(embeddings, labels);
            return (right * gradient) + (right.detach() * (value - gradient));
        }

        public void Dispose() => inner.Dispose();
    }
}
