using Dml.Engine.Config;
using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Plugins;
using Dml.Engine.Runs;
using Dml.Engine.Training;
using Dml.Storage;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>A run's whole network with its trained weights, in evaluation mode on the CPU.</summary>
internal sealed class TrainedNetwork : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly ImageTransform? _transform;
    private readonly string _run;

    private TrainedNetwork(ServiceProvider services, Network network, IMetricLoss loss, ImageOptions images, ImageTransform? transform, string run) =>
        (_services, Network, Loss, Images, _transform, _run) = (services, network, loss, images, transform, run);

    /// <summary>Backbone and head.</summary>
    public Network Network { get; }

    /// <summary>The loss with its trained parameters, float32.</summary>
    public IMetricLoss Loss { get; }

    /// <summary>How images were read.</summary>
    public ImageOptions Images { get; }

    /// <summary>Whether the head was fitted on given features, without a backbone.</summary>
    public bool IsFitted => _transform is null;

    /// <summary>Makes the views of images.</summary>
    /// <exception cref="DmlException">The run was fitted on given features and knows no images.</exception>
    public ImageTransform Transform => _transform ?? throw new DmlException(
        $"Expected a run with a backbone, which makes features of images, found {_run}, which was fitted on given features; "
            + "choose a run that was trained on images.");

    /// <summary>Opens it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">Its samples.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <exception cref="DmlException">The plugin of the backbone or the loss, or a weight, is missing.</exception>
    public static TrainedNetwork Open(RunFolder run, DatasetRecord dataset, PluginCatalog catalog)
    {
        var root = NamedSections.WithoutSchedule(ConfigFile.Load(run.Config).Without(PluginSections.Key(PluginKind.Dataset)));
        root = NamedSections.WithoutSamplerPlugin(root);
        var isFit = FittingRun.Is(root);
        var config = new Composer(catalog, HostSections.All).Bind(root, isFit ? [PluginKind.Loss] : [PluginKind.Backbone, PluginKind.Loss]);
        var (training, images) = (config.Section<TrainingOptions>(HostSections.Training), config.Section<ImageOptions>(HostSections.Images));
        var shape = new LossShape(dataset.TrainingClassCount, training.EmbeddingSize, float32, CPU);
        var context = new BackboneContext(config.Section<string>(HostSections.BaseFolder));
        var services = config.AddPlugins(new ServiceCollection().AddSingleton(shape).AddSingleton(context)).BuildServiceProvider();
        Network? network = null;
        try
        {
            var file = SafeTensors.Open(run.Checkpoint);
            var backbone = isFit ? new GivenFeatures(InputSize(file)) : services.GetRequiredService<IBackbone>();
            if (backbone.Frozen is { } frozen) RunFacts.Read(run).Backbone?.Require(frozen, run.Path);
            var hidden = config.Section<HeadOptions>(HostSections.Head).HiddenSize(backbone.FeatureSize);
            network = new Network(backbone, training.EmbeddingSize, hiddenSize: hidden);
            var loss = services.GetRequiredService<IMetricLoss>();

            // Only now: the weights of network and loss outlive it.
            using var scope = NewDisposeScope();
            ModelTensors.Load(network, loss, file.Entries.Keys.ToDictionary(name => name, file.Load, StringComparer.Ordinal), run.Checkpoint);
            network.SetTraining(false);
            return new(services, network, loss, images, isFit ? null : new ImageTransform(images, backbone.Normalization), run.Path);
        }
        catch
        {
            network?.Dispose();
            services.Dispose();
            throw;
        }
    }

    /// <summary>Columns of the first layer of a head.</summary>
    private static int InputSize(SafeTensors file) =>
        file.Entries.GetValueOrDefault("hidden.weight", file.Entries["head.weight"]).Shape is [_, var columns] ? (int)columns : 0;

    public void Dispose()
    {
        Network.Dispose();
        _services.Dispose();
    }
}
