using Dml.Engine.Models;
using Dml.Engine.Training;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class Bfloat16Tests
{
    /// <summary>Max pools route by values rounded to bfloat16, so single pixels' gradients change places; directions must stay.</summary>
    [Fact]
    public void Gradients_point_where_those_of_float32_point()
    {
        using var scope = NewDisposeScope();
        var exact = Gradients(TrainingPrecision.Float32);
        var rough = Gradients(TrainingPrecision.BFloat16);
        Assert.Equal(exact.Keys, rough.Keys);
        foreach (var (name, gradient) in exact)
        {
            var cosine = ((rough[name] * gradient).sum() / (rough[name].norm() * gradient.norm())).item<float>();
            Assert.True(cosine > 0.98f, $"{name}: {cosine}");
            Assert.NotEqual(gradient.data<float>().ToArray(), rough[name].data<float>().ToArray());
            Assert.Equal(ScalarType.Float32, rough[name].dtype);
        }
    }

    [Fact]
    public void The_loss_falls_and_weights_and_statistics_stay_in_float32()
    {
        using var problem = new TinyProblem();
        var records = problem.Train(TinyProblem.Options with { Epochs = 12, WarmUpEpochs = 1, Precision = TrainingPrecision.BFloat16 });
        Assert.True(records[^1].MeanLoss < 0.5 * records[0].MeanLoss);
        Assert.All(ModelTensors.Of(problem.Model, problem.Loss), t => Assert.True(t.Tensor.dtype is ScalarType.Float32 or ScalarType.Int64));
        var tracked = ModelTensors.Of(problem.Model, problem.Loss).Single(t => t.Name == "backbone.blocks.0.norm.num_batches_tracked").Tensor.item<long>();
        Assert.Equal(13 * 3, tracked);
    }

    /// <summary>A module of TorchSharp leaves a few handles when it is disposed of, whatever was done with it; batches leave none.</summary>
    [Fact]
    public void Live_tensors_do_not_grow_with_the_batches()
    {
        using var problem = new TinyProblem();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Single(new[] { 1, 2, 6 }.Select(epochs => Growth(problem, epochs)).Distinct());

        static long Growth(TinyProblem problem, int epochs)
        {
            var before = Tensor.TotalCount;
            problem.Train(TinyProblem.Options with { Precision = TrainingPrecision.BFloat16, Epochs = epochs });
            return Tensor.TotalCount - before;
        }
    }

    private static Dictionary<string, Tensor> Gradients(TrainingPrecision precision)
    {
        random.manual_seed(4);
        var model = new Network(new ConvNetBackbone(new() { Channels = [32, 32] }), 8);
        var loss = new ProxyNcaPPLoss(new(), new(4, 8, float32, CPU));
        var images = randn(16, 3, 16, 16);
        model.SetTraining(true);
        using var step = new TrainingStep(model, loss, new() { LearningRate = 0, HeadLearningRate = 0, ProxyLearningRate = 0 }, null, warmUp: false, precision);
        step.Run(images, tensor(Enumerable.Range(0, 16).Select(i => (long)i % 4).ToArray()));
        return model.Backbone.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.clone());
    }
}
