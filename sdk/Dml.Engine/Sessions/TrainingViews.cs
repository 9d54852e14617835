using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>A run's whole network with some of its training images, for what cannot be done on cached features. Nothing in it is trained.</summary>
internal sealed class TrainingViews : IDisposable
{
    private readonly TrainedNetwork _trained;

    private TrainingViews(TrainedNetwork trained, ImageSet images) => (_trained, Images) = (trained, images);

    /// <summary>Backbone and head, in evaluation mode.</summary>
    public Network Network => _trained.Network;

    /// <summary>The loss with its trained parameters, float32.</summary>
    public IMetricLoss Loss => _trained.Loss;

    /// <summary>The images, in the order asked for.</summary>
    public ImageSet Images { get; }

    /// <summary>Makes their views.</summary>
    public ImageTransform Transform => _trained.Transform;

    /// <summary>Opens a run's network with its trained weights.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">Its samples.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="samples">Training indices whose images are needed.</param>
    /// <param name="progress">Receives progress of the decoding.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">The backbone's plugin, a weight or an image is missing.</exception>
    public static TrainingViews Open(
        RunFolder run, DatasetRecord dataset, PluginCatalog catalog, IReadOnlyList<int> samples, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        var trained = TrainedNetwork.Open(run, dataset, catalog);
        try
        {
            _ = trained.Transform;
            var images = ImageSet.Open(
                [.. samples.Select(i => dataset.Training[i].ToImage(run.Path))],
                trained.Images, training: true, "decode training images", progress, cancellationToken);
            if (images.Samples.Count == samples.Count) return new(trained, images);
            var damaged = samples.Count - images.Samples.Count;
            throw new DmlException($"Expected the images that {run.Path} was trained on, "
                + $"found {damaged} of {samples.Count} damaged since ({images.Warnings[0].TrimEnd('.')}); put them back.");
        }
        catch
        {
            trained.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Features of the images as training sees them in its first epoch. The backbone does not move in the retraining of a head, so an
    /// image's features in that epoch are the same whatever its weight is: one pass serves every retraining.
    /// </summary>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>(N, D), float32; the caller disposes of it.</returns>
    public Tensor AugmentedFeatures(long seed, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var features = FeatureExtractor.Augmented(Network, Images, Transform, seed, 0, "embed augmented images", progress, cancellationToken);
        return Network.HiddenOf(features).MoveToOuterDisposeScope();
    }

    public void Dispose() => _trained.Dispose();
}
