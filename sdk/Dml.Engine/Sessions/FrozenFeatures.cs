using Dml.Engine.Features;
using Dml.Engine.Images;
using Dml.Engine.Models;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>Features of training images from a backbone that stands still.</summary>
internal static class FrozenFeatures
{
    /// <summary>Makes them, once for a whole training.</summary>
    /// <param name="model">The model; in evaluation mode afterwards.</param>
    /// <param name="images">The training split.</param>
    /// <param name="transform">Makes the views of each image.</param>
    /// <param name="views">K: the image as influence sees it, and K - 1 augmented ones.</param>
    /// <param name="seed">Decides augmentation.</param>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>(N, K, D of the backbone), float32, on the CPU.</returns>
    public static Tensor Extract(
        Network model, ImageSet images, ImageTransform transform, int views, long seed, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var all = empty(images.Samples.Count, views, model.BackboneSize);
        all.select(1, 0).copy_(FeatureExtractor.Extract(
            model, images, transform, ImageView.Influence, "embed training images", progress, cancellationToken, beforeHidden: true));
        for (var view = 1; view < views; view++)
        {
            var stage = $"embed augmented images, view {view + 1} of {views}";
            all.select(1, view).copy_(FeatureExtractor.Augmented(model, images, transform, seed, view - 1, stage, progress, cancellationToken));
        }

        return all.MoveToOuterDisposeScope();
    }

    /// <summary>What the last layer is given of each image as influence sees it.</summary>
    /// <param name="model">The fitted model.</param>
    /// <param name="features">(N, K, D of the backbone).</param>
    /// <returns>(N, D), float32, on the CPU.</returns>
    public static Tensor Cache(Network model, Tensor features)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var blocks = SampleRange.Grid(features.shape[0], FeatureSplit.BlockSize)
            .Select(block => FittedFeatures.Cache(model, features.narrow(0, block.Start, block.Count).select(1, 0).contiguous(), float32));
        return cat([.. blocks]).MoveToOuterDisposeScope();
    }
}
