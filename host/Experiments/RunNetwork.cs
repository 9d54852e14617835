using Dml.Host.Composition;
using Dml.Host.Images;
using Dml.Host.Training;
using Dml.Numerics.Storage;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Host.Experiments;

/// <summary>A run's whole network with some of its training images, for what cannot be done on cached features. Nothing in it is trained.</summary>
internal sealed class RunNetwork : IDisposable
{
    private const int ImagesAtOnce = 64;

    private readonly ServiceProvider _services;

    private RunNetwork(ServiceProvider services, EmbeddingModel model, IMetricLoss loss, ImageSet images, ImageTransform transform)
    {
        (_services, Model, Loss, Images, Transform) = (services, model, loss, images, transform);
    }

    /// <summary>Backbone and head, in evaluation mode.</summary>
    public EmbeddingModel Model { get; }

    /// <summary>The loss with its trained parameters, float32.</summary>
    public IMetricLoss Loss { get; }

    /// <summary>The images, in the order asked for.</summary>
    public ImageSet Images { get; }

    /// <summary>Makes their views.</summary>
    public ImageTransform Transform { get; }

    /// <summary>Opens a run's network with its trained weights.</summary>
    /// <param name="context">The experiment.</param>
    /// <param name="run">The run.</param>
    /// <param name="samples">Training indices whose images are needed.</param>
    /// <exception cref="DmlException">The backbone's plugin, a weight or an image is missing.</exception>
    public static RunNetwork Open(ExperimentContext context, ExperimentRun run, IReadOnlyList<int> samples)
    {
        var root = ConfigFile.Load(run.Folder.Config).Without(PluginSections.Key(PluginKind.Dataset));
        var config = new Composer(context.Catalog, HostSections.All).Bind(root, PluginKind.Backbone, PluginKind.Loss);
        var (training, imageOptions) = (config.Section<TrainingOptions>(HostSections.Training), config.Section<ImageOptions>(HostSections.Images));
        var services = config.AddPlugins(new ServiceCollection().AddSingleton(new LossShape(run.Dataset.TrainingClassCount, training.EmbeddingSize, float32, CPU))).BuildServiceProvider();
        EmbeddingModel? model = null;
        try
        {
            var backbone = services.GetRequiredService<IBackbone>();
            var images = ImageSet.Open(
                [.. samples.Select(i => run.Dataset.Training[i]).Select(s => new ImageSample(s.Id, Path.GetFullPath(s.File, run.Folder.Path), s.Label))],
                imageOptions, training: true, "decode training images", context.Progress, context.CancellationToken);
            if (images.Samples.Count < samples.Count)
            {
                throw new DmlException($"Expected the images that {run.Folder.Path} was trained on, found {samples.Count - images.Samples.Count} of {samples.Count} damaged since ({images.Warnings[0].TrimEnd('.')}); put them back.");
            }

            model = new EmbeddingModel(backbone, training.EmbeddingSize);
            var loss = services.GetRequiredService<IMetricLoss>();
            using var scope = NewDisposeScope();
            var file = SafeTensors.Open(run.Folder.Checkpoint);
            ModelTensors.Load(model, loss, file.Entries.Keys.ToDictionary(name => name, file.Load, StringComparer.Ordinal), run.Folder.Checkpoint);
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
