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

/// <summary>A run's whole network with some of its training images, for what cannot be done on cached features. Nothing in it is trained.</summary>
internal sealed class Embedder : IDisposable
{
    private const int ImagesAtOnce = 64;

    private readonly ServiceProvider _services;

    private Embedder(ServiceProvider services, Network model, IMetricLoss loss, ImageSet images, ImageTransform transform)
    {
        (_services, Model, Loss, Images, Transform) = (services, model, loss, images, transform);
    }

    /// <summary>Backbone and head, in evaluation mode.</summary>
    public Network Model { get; }

    /// <summary>The loss with its trained parameters, float32.</summary>
    public IMetricLoss Loss { get; }

    /// <summary>The images, in the order asked for.</summary>
    public ImageSet Images { get; }

    /// <summary>Makes their views.</summary>
    public ImageTransform Transform { get; }

    /// <summary>Opens a run's network with its trained weights.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">Its samples.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="samples">Training indices whose images are needed.</param>
    /// <param name="progress">Receives progress of the decoding.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">The backbone's plugin, a weight or an image is missing.</exception>
    public static Embedder Open(
        RunFolder run, DatasetRecord dataset, PluginCatalog catalog, IReadOnlyList<int> samples, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var root = ConfigFile.Load(run.Config).Without(PluginSections.Key(PluginKind.Dataset));
        var config = new Composer(catalog, HostSections.All).Bind(root, PluginKind.Backbone, PluginKind.Loss);
        var (training, imageOptions) = (config.Section<TrainingOptions>(HostSections.Training), config.Section<ImageOptions>(HostSections.Images));
        var services = config.AddPlugins(new ServiceCollection().AddSingleton(new LossShape(dataset.TrainingClassCount, training.EmbeddingSize, float32, CPU))).BuildServiceProvider();
        Network? model = null;
        try
        {
            var backbone = services.GetRequiredService<IBackbone>();
            var images = ImageSet.Open(
                [.. samples.Select(i => dataset.Training[i]).Select(s => new ImageSample(s.Id, Path.GetFullPath(s.File, run.Path), s.Label))],
                imageOptions, training: true, "decode training images", progress, cancellationToken);
            if (images.Samples.Count < samples.Count)
            {
                throw new DmlException($"Expected the images that {run.Path} was trained on, found {samples.Count - images.Samples.Count} of {samples.Count} damaged since ({images.Warnings[0].TrimEnd('.')}); put them back.");
            }

            model = new Network(backbone, training.EmbeddingSize);
            var loss = services.GetRequiredService<IMetricLoss>();
            using var scope = NewDisposeScope();
            var file = SafeTensors.Open(run.Checkpoint);
            ModelTensors.Load(model, loss, file.Entries.Keys.ToDictionary(name => name, file.Load, StringComparer.Ordinal), run.Checkpoint);
            model.SetTraining(false);
            return new(services, model, loss, images, new ImageTransform(imageOptions, backbone.Normalization));
        }
        catch
        {
            model?.Dispose();
            services.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Features of the images as training sees them in its first epoch. The backbone does not move in the retraining of a head, so an
    /// image's features in that epoch are the same whatever its weight is: one pass serves every retraining.
    /// </summary>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="progress">Told how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>(N, D), float32; the caller disposes of it.</returns>
    public Tensor AugmentedFeatures(long seed, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var features = zeros(Images.Samples.Count, Model.FeatureSize);
        var done = 0;
        var batches = Enumerable.Range(0, Images.Samples.Count).Chunk(ImagesAtOnce);
        foreach (var batch in BatchPrefetcher.Run(batches, _ => (Transform.Size, Transform.Size), (index, target) => Transform.Augment(Images, index, seed, 0, target), cancellationToken))
        {
            using var inner = NewDisposeScope();
            features.narrow(0, done, batch.Indices.Length).copy_(Model.Features(batch.ToTensor(CPU)));
            done += batch.Indices.Length;
            progress.Report(new("embed augmented images", done, Images.Samples.Count));
        }

        return features.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Model.Dispose();
        _services.Dispose();
    }
}
