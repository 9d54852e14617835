using Dml.Engine.Models;
using Dml.Engine.Training;
using Dml.Plugins;
using Dml.Tests.Golden;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class TrainingStepTests
{
    /// <summary>Adam(lr 4e-3, eps 1) on W and b, lr 4e2 on the proxies, gradient values of W and b clipped to 10: the published optimiser.</summary>
    [Theory]
    [InlineData("pnca")]
    [InlineData("st")]
    public void Three_steps_equal_those_of_the_published_trainer(string loss)
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase(float32, loss);
        using var model = new Network(new FeaturesAsImages(64), 32);
        using (no_grad())
        {
            model.Head.weight!.copy_(golden.Context.HeadWeight);
            model.Head.bias!.copy_(golden.Context.HeadBias);
        }

        var options = new OptimizerOptions { LearningRate = 4e-3, HeadLearningRate = 4e-3, ProxyLearningRate = 4e2, Epsilon = 1 };
        using var step = new TrainingStep(model, golden.Loss, options, clip: 10, warmUp: false);
        var batch = GoldenCase.Load("batch/indices");
        for (var i = 0; i < 3; i++)
        {
            var indices = batch.roll(-8 * i, 0)[..24];
            step.Run(golden.Context.TrainFeatures[indices], golden.Context.TrainLabels[indices]);
        }

        golden.AssertGoldenOfLoss(model.Head.weight!, "train/W_after3");
        golden.AssertGoldenOfLoss(model.Head.bias!, "train/b_after3");
        golden.AssertGoldenOfLoss(golden.Loss.Proxies, "train/P_after3");
    }

    [Theory]
    [InlineData(1e-3, true)]
    [InlineData(null, false)]
    public void Gradient_values_of_the_model_are_clipped_and_those_of_the_proxies_are_not(double? clip, bool clipped)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        using var model = new Network(new FeaturesAsImages(8), 4);
        using var loss = new ProxyNcaPPLoss(new(), new(3, 4, float32, CPU));
        using var step = new TrainingStep(model, loss, new OptimizerOptions(), clip, warmUp: false);
        step.Run(randn(6, 8), tensor(new long[] { 0, 1, 2, 0, 1, 2 }));
        Assert.Equal(clipped, model.Head.weight!.grad!.abs().max().item<float>() <= 1e-3f);
        Assert.True(loss.Proxies.grad!.abs().max().item<float>() > 1e-3f);
    }

    /// <summary>A backbone that is handed features (B, D) in place of images.</summary>
    private sealed class FeaturesAsImages(int size) : IBackbone
    {
        public int FeatureSize => size;

        public InputNormalization Normalization => InputNormalization.ImageNet;

        public nn.Module<Tensor, Tensor> CreateModule() => nn.Identity();
    }
}
