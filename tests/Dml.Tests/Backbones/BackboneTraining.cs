using Dml.Engine.Models;
using Dml.Engine.Training;
using Dml.Plugins;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Backbones;

/// <summary>A backbone with head, loss and optimiser on a batch of random images of three classes.</summary>
internal sealed class BackboneTraining : IDisposable
{
    private readonly Tensor _images, _labels;
    private readonly TrainingStep _step;

    public BackboneTraining(IBackbone backbone, int side = 32, int images = 6)
    {
        random.manual_seed(5);
        Model = new Network(backbone, 8);
        Loss = new ProxyNcaPPLoss(new(), new(3, 8, float32, CPU));
        Model.SetTraining(true);
        _images = randn(images, 3, side, side);
        _labels = tensor([.. Enumerable.Range(0, images).Select(i => (long)(i % 3))]);
        _step = new TrainingStep(Model, Loss, new OptimizerOptions(), clip: 10, warmUp: false);
    }

    public Network Model { get; }

    public IMetricLoss Loss { get; }

    public double Run() => _step.Run(_images, _labels);

    /// <summary>Copies of the tensors of the backbone, by name.</summary>
    public Dictionary<string, byte[]> State() => Model.Backbone.state_dict().ToDictionary(e => e.Key, e => e.Value.bytes.ToArray());

    public void Dispose()
    {
        _step.Dispose();
        Model.Dispose();
        Loss.Dispose();
        _images.Dispose();
        _labels.Dispose();
    }

    /// <summary>One step moves every tensor; with frozen batch norm it moves those of the convolutions alone, whatever mode is set again.</summary>
    public static void CheckWhatMoves(IBackbone free, IBackbone frozen, Func<string, bool> isBatchNorm)
    {
        using (var training = new BackboneTraining(free)) Assert.Empty(training.Unmoved());
        using (var training = new BackboneTraining(frozen))
        {
            foreach (var part in training.Model.Backbone.modules()) part.train();
            var names = training.State().Keys;
            Assert.Equal(names.Where(isBatchNorm).Order(), training.Unmoved().Order());
            Assert.All(training.Model.Backbone.named_parameters(), p => Assert.Equal(!isBatchNorm(p.name), p.parameter.grad is not null));
        }
    }

    /// <summary>The number of live tensors is the same after every further step.</summary>
    public static void CheckLiveTensors(IBackbone backbone)
    {
        using var training = new BackboneTraining(backbone);
        training.Run();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        training.Run();
        training.Run();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>A checkpoint of one model, read into another of other weights, gives the same features.</summary>
    public static void CheckCheckpoint(IBackbone backbone)
    {
        using var scope = NewDisposeScope();
        using var trained = new BackboneTraining(backbone);
        trained.Run();
        using var model = new Network(backbone, 8);
        using var loss = new ProxyNcaPPLoss(new(), new(3, 8, float32, CPU));
        ModelTensors.Load(model, loss, ModelTensors.Of(trained.Model, trained.Loss).ToDictionary(t => t.Name, t => t.Tensor.detach().clone()), "the run");
        model.SetTraining(false);
        trained.Model.SetTraining(false);
        using var noGradient = no_grad();
        Assert.True(trained.Model.Features(trained._images).equal(model.Features(trained._images)).all().item<bool>());
    }

    private List<string> Unmoved()
    {
        var before = State();
        Run();
        var after = State();
        return [.. before.Keys.Where(k => before[k].AsSpan().SequenceEqual(after[k]))];
    }
}
