using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>A backbone with a linear head: images (B, 3, H, W) to features f (B, D) to embeddings <c>e = f W^T + b</c> (B, E), all float32.</summary>
internal sealed class Network : IDisposable
{
    private readonly IBackbone _backbone;

    /// <summary>Makes the model; its initial weights come from torch's global generator, which the caller seeds.</summary>
    /// <param name="backbone">Makes the feature extractor.</param>
    /// <param name="embeddingSize">E, at least 1.</param>
    /// <param name="device">Where the model lives; the CPU when not given.</param>
    public Network(IBackbone backbone, int embeddingSize, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddingSize, 1);
        Device = device ?? CPU;
        _backbone = backbone;
        Backbone = CreateBackbone();
        Head = nn.Linear(backbone.FeatureSize, embeddingSize).to(Device);
        (FeatureSize, EmbeddingSize) = (backbone.FeatureSize, embeddingSize);
    }

    /// <summary>The feature extractor.</summary>
    public nn.Module<Tensor, Tensor> Backbone { get; }

    /// <summary>The head: weight W (E, D), bias b (E).</summary>
    public Linear Head { get; }

    /// <summary>D.</summary>
    public int FeatureSize { get; }

    /// <summary>E.</summary>
    public int EmbeddingSize { get; }

    /// <summary>Where the model lives.</summary>
    public Device Device { get; }

    /// <summary>Another module of the backbone's form, with random weights, on the model's device. The caller owns it.</summary>
    public nn.Module<Tensor, Tensor> CreateBackbone() => _backbone.CreateModule().to(Device);

    /// <summary>Images to features.</summary>
    /// <param name="images">(B, 3, H, W), float32, normalised.</param>
    /// <returns>(B, D).</returns>
    /// <exception cref="DmlException">The backbone returned another shape than it promised.</exception>
    public Tensor Features(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var features = Backbone.call(images);
        if (features.Dimensions != 2 || features.shape[0] != images.shape[0] || features.shape[1] != FeatureSize)
        {
            throw new DmlException(
                $"Expected the backbone to return features of shape ({images.shape[0]}, {FeatureSize}), found ({string.Join(", ", features.shape)}); "
                    + "make its module agree with its FeatureSize.");
        }

        return features;
    }

    /// <summary>Features to embeddings.</summary>
    /// <param name="features">(B, D).</param>
    /// <returns>(B, E), not normalised.</returns>
    public Tensor Embed(Tensor features) => Head.call(features);

    /// <summary>Switches batch norm between the batch's statistics (training) and the running ones.</summary>
    /// <param name="training">True for training.</param>
    public void SetTraining(bool training)
    {
        Backbone.train(training);
        Head.train(training);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        Backbone.Dispose();
        Head.Dispose();
    }
}
