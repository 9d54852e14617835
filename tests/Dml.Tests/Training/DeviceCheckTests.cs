using Dml.Engine.Models;
using Dml.Plugins;
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

        using var plain = new TinyProblem(seed: 1);
        problem.Train(TinyProblem.Options);
        plain.Train(TinyProblem.Options);
        Assert.Equal(plain.Bytes(), problem.Bytes());
    }

    [Fact]
    public void What_rounding_may_do_is_accepted()
    {
        using var problem = new TinyProblem(seed: 1);
        using var reference = new TinyProblem(seed: 2);
        problem.Loss = new WrongLoss(problem.Loss, 1.005, 1.02);
        DeviceCheck.Require(problem.Model, problem.Loss, reference.Model, reference.Loss, 8);
    }

    [Theory]
    [InlineData(1.05, 1, "loss off by 5")]
    [InlineData(double.NaN, 1, "loss off by NaN")]
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

    [Fact]
    public void A_backward_pass_of_the_backbone_that_is_wrong_is_refused()
    {
        using var problem = new TinyProblem(seed: 1);
        using var model = new Network(new WrongBackward(new ConvNetBackbone(new() { Channels = [4, 8] })), 4);
        using var reference = new TinyProblem(seed: 2);
        var message = Assert.Throws<DmlException>(() => DeviceCheck.Require(model, problem.Loss, reference.Model, reference.Loss, 8)).Message;
        Assert.Contains("gradient of the backbone off by 10", message, StringComparison.Ordinal);
    }

    /// <summary>A backbone with right features and gradients that are a tenth too large.</summary>
    private sealed class WrongBackward(IBackbone inner) : IBackbone
    {
        public int FeatureSize => inner.FeatureSize;

        public InputNormalization Normalization => inner.Normalization;

        public nn.Module<Tensor, Tensor> CreateModule() => new Scaled(inner.CreateModule());

        private sealed class Scaled : nn.Module<Tensor, Tensor>
        {
            private readonly nn.Module<Tensor, Tensor> _inner;

            public Scaled(nn.Module<Tensor, Tensor> inner) : base("Scaled")
            {
                _inner = inner;
                RegisterComponents();
            }

            public override Tensor forward(Tensor input)
            {
                using var scope = NewDisposeScope();
                var features = _inner.call(input);
                return ((features * 1.1) - (features.detach() * 0.1)).MoveToOuterDisposeScope();
            }
        }
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
