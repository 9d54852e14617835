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

    private TrainedNetwork(ServiceProvider services, Network network, IMetricLoss loss, ImageOptions images, ImageTransform transform) =>
        (_services, Network, Loss, Images, Transform) = (services, network, loss, images, transform);

    /// <summary>Backbone and head.</summary>
    public Network Network { get; }

    /// <summary>The loss with its trained parameters, float32.</summary>
    public IMetricLoss Loss { get; }

    /// <summary>How images were read.</summary>
    public ImageOptions Images { get; }

    /// <summary>Makes the views of images.</summary>
    public ImageTransform Transform { get; }

    /// <summary>Opens it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">Its samples.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <exception cref="DmlException">The plugin of the backbone or the loss, or a weight, is missing.</exception>
    public static TrainedNetwork Open(RunFolder run, DatasetRecord dataset, PluginCatalog catalog)
    {
        var root = ConfigFile.Load(run.Config).Without(PluginSections.Key(PluginKind.Dataset));
        var config = new Composer(catalog, HostSections.All).Bind(root, PluginKind.Backbone, PluginKind.Loss);
        var (training, images) = (config.Section<TrainingOptions>(HostSections.Training), config.Section<ImageOptions>(HostSections.Images));
        var shape = new LossShape(dataset.TrainingClassCount, training.EmbeddingSize, float32, CPU);
        var services = config.AddPlugins(new ServiceCollection().AddSingleton(shape)).BuildServiceProvider();
        Network? network = null;
        try
        {
            var backbone = services.GetRequiredService<IBackbone>();
            network = new Network(backbone, training.EmbeddingSize);
            var loss = services.GetRequiredService<IMetricLoss>();
            using var scope = NewDisposeScope();
            var file = SafeTensors.Open(run.Checkpoint);
            ModelTensors.Load(network, loss, file.Entries.Keys.ToDictionary(name => name, file.Load, StringComparer.Ordinal), run.Checkpoint);
            network.SetTraining(false);
            return new(services, network, loss, images, new ImageTransform(images, backbone.Normalization));
        }
        catch
        {
            network?.Dispose();
            services.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Network.Dispose();
        _services.Dispose();
    }
}
