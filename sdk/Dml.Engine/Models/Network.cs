using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>
/// A backbone with a head: images (B, 3, H, W) to features f (B, D) to embeddings <c>e = f W^T + b</c> (B, E), all float32. Where the head is an MLP
/// its hidden layer counts among what makes features: <c>f = GELU(g V^T + c)</c> of the backbone's features g, so that e is linear in f for every head.
/// </summary>
internal sealed class Network : IDisposable
{
    private readonly IBackbone _backbone;
    private readonly bool _sharesHead;

    /// <summary>Makes the model; its initial weights come from torch's global generator, which the caller seeds.</summary>
    /// <param name="backbone">Makes the feature extractor.</param>
    /// <param name="embeddingSize">E, at least 1.</param>
    /// <param name="device">Where the model lives; the CPU when not given.</param>
    /// <param name="hiddenSize">H, units of the hidden layer; null for a linear head.</param>
    /// <param name="headSeed">Seeds the generator once the backbone is made, so that the head starts as one on given features does; null not to.</param>
    public Network(IBackbone backbone, int embeddingSize, Device? device = null, int? hiddenSize = null, long? headSeed = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddingSize, 1);
        Device = device ?? CPU;
        _backbone = backbone;
        Backbone = CreateBackbone();
        if (headSeed is { } seed) manual_seed(seed);
        Hidden = hiddenSize is { } units ? nn.Linear(backbone.FeatureSize, units).to(Device) : null;
        Head = nn.Linear(FeatureSize, embeddingSize).to(Device);
    }

    private Network(Network other)
    {
        (Device, _backbone, Hidden, Head, _sharesHead) = (other.Device, new GivenFeatures(other.BackboneSize), other.Hidden, other.Head, true);
        Backbone = CreateBackbone();
    }

    /// <summary>The feature extractor.</summary>
    public nn.Module<Tensor, Tensor> Backbone { get; }

    /// <summary>The hidden layer of an MLP head, V (H, D of the backbone) and c (H); null for a linear head.</summary>
    public Linear? Hidden { get; }

    /// <summary>The last layer: weight W (E, D), bias b (E).</summary>
    public Linear Head { get; }

    /// <summary>D, what the last layer is given: the backbone's features, or H.</summary>
    public int FeatureSize => (int?)Hidden?.weight!.shape[0] ?? BackboneSize;

    /// <summary>Features of the backbone.</summary>
    public int BackboneSize => _backbone.FeatureSize;

    /// <summary>What pixels are normalised with.</summary>
    public InputNormalization Normalization => _backbone.Normalization;

    /// <summary>E.</summary>
    public int EmbeddingSize => (int)Head.weight!.shape[0];

    /// <summary>Where the model lives.</summary>
    public Device Device { get; }

    /// <summary>
    /// The same head, with the same weights, on features of the backbone that are given in place of images. To be disposed of before this network.
    /// </summary>
    public Network OnFeatures() => new(this);

    /// <summary>Another module of the backbone's form, with random weights, on the model's device. The caller owns it.</summary>
    public nn.Module<Tensor, Tensor> CreateBackbone() => _backbone.CreateModule().to(Device);

    /// <summary>Images to features.</summary>
    /// <param name="images">(B, 3, H, W), float32, normalised.</param>
    /// <returns>(B, D).</returns>
    /// <exception cref="DmlException">The backbone returned another shape than it promised.</exception>
    public Tensor Features(Tensor images) => HiddenOf(BackboneFeatures(images));

    /// <summary>Images to the backbone's features.</summary>
    /// <param name="images">(B, 3, H, W), float32, normalised.</param>
    /// <returns>(B, <see cref="BackboneSize"/>).</returns>
    /// <exception cref="DmlException">The backbone returned another shape than it promised.</exception>
    public Tensor BackboneFeatures(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var features = Backbone.call(images);
        if (features.Dimensions != 2 || features.shape[0] != images.shape[0] || features.shape[1] != BackboneSize)
        {
            throw new DmlException(
                $"Expected the backbone to return features of shape ({images.shape[0]}, {BackboneSize}), found ({string.Join(", ", features.shape)}); "
                    + "make its module agree with its FeatureSize.");
        }

        return features;
    }

    /// <summary>The backbone's features to what the last layer is given.</summary>
    /// <param name="features">(B, <see cref="BackboneSize"/>).</param>
    /// <returns>(B, D): the same for a linear head.</returns>
    public Tensor HiddenOf(Tensor features) => Hidden is null ? features : nn.functional.gelu(Hidden.call(features));

    /// <summary>Features to embeddings.</summary>
    /// <param name="features">(B, D).</param>
    /// <returns>(B, E), not normalised.</returns>
    public Tensor Embed(Tensor features) => Head.call(features);

    /// <summary>Switches batch norm between the batch's statistics (training) and the running ones.</summary>
    /// <param name="training">True for training.</param>
    public void SetTraining(bool training)
    {
        Backbone.train(training);
        Hidden?.train(training);
        Head.train(training);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        Backbone.Dispose();
        if (_sharesHead) return;
        Hidden?.Dispose();
        Head.Dispose();
    }
}
