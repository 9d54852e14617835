using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>
/// A run's whole network, for images from anywhere, or for features where a head was fitted on given ones. It looks at an image as confusions and
/// influence do (the influence view), so its embeddings lie among those of the run.
/// </summary>
public sealed class Embedder : IDisposable
{
    private readonly TrainedNetwork _trained;

    private Embedder(TrainedNetwork trained) => _trained = trained;

    /// <summary>D, columns of the features.</summary>
    public int FeatureSize => _trained.Network.FeatureSize;

    /// <summary>Columns of what the head is given: the same but for an MLP head, whose hidden layer makes the features.</summary>
    public int InputSize => _trained.Network.BackboneSize;

    /// <summary>E, dimensions of an embedding.</summary>
    public int EmbeddingSize => _trained.Network.EmbeddingSize;

    internal static Embedder Open(RunFolder run, DatasetRecord dataset, PluginCatalog catalog) => new(TrainedNetwork.Open(run, dataset, catalog));

    /// <summary>The embedding of an image.</summary>
    /// <param name="file">An image file.</param>
    /// <returns>(1, E), float32, not normalised; the caller disposes of it.</returns>
    /// <exception cref="DmlException">The file is no image that can be decoded, or the run was fitted on given features.</exception>
    public Tensor Embed(string file) => Embed([file]);

    /// <summary>The embeddings of images.</summary>
    /// <param name="files">Image files.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>(n, E), float32, not normalised, in the order of the files; the caller disposes of it.</returns>
    /// <exception cref="DmlException">A file is no image that can be decoded.</exception>
    public Tensor Embed(IReadOnlyList<string> files, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return _trained.Network.Embed(Features(files, progress, cancellationToken)).MoveToOuterDisposeScope();
    }

    /// <summary>The embeddings of given features, such as those that a head was fitted on.</summary>
    /// <param name="features">(n, <see cref="InputSize"/>), of any real dtype; they stay the caller's.</param>
    /// <returns>(n, E), float32, not normalised; the caller disposes of it.</returns>
    /// <exception cref="DmlException">The features have another shape.</exception>
    public Tensor Embed(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.Dimensions != 2 || features.shape[1] != InputSize)
        {
            throw new DmlException($"Expected features of shape (samples, {InputSize}), found ({string.Join(", ", features.shape)}); "
                + "give those of the model that the head was fitted on.");
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return _trained.Network.Embed(_trained.Network.HiddenOf(features.to(float32).cpu())).MoveToOuterDisposeScope();
    }

    /// <summary>An image as the network is given it: resized, and cropped where the run crops; before its numbers are normalised.</summary>
    /// <param name="file">An image file.</param>
    /// <exception cref="DmlException">The file is no image that can be decoded.</exception>
    internal RgbImage Seen(string file) =>
        _trained.Transform.Seen(Open([new(file, Path.GetFullPath(file), 0)], Quiet.Instance, CancellationToken.None), 0, ImageView.Influence);

    /// <summary>The features of images, before the last layer of the head.</summary>
    /// <param name="files">Image files.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>(n, D), float32, in the order of the files; the caller disposes of it.</returns>
    /// <exception cref="DmlException">A file is no image that can be decoded.</exception>
    public Tensor Features(IReadOnlyList<string> files, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.Count == 0) throw new DmlException("Expected at least one image file, found none.");
        var transform = _trained.Transform;
        ImageSample[] samples = [.. files.Select(f => new ImageSample(f, Path.GetFullPath(f), 0))];
        var images = Open(samples, progress ?? Quiet.Instance, cancellationToken);
        return FeatureExtractor.Extract(
            _trained.Network, images, transform, ImageView.Influence, "embed images", progress ?? Quiet.Instance, cancellationToken);
    }

    /// <summary>No row may be missing, so that the setting of a training which skips images is no help here.</summary>
    private ImageSet Open(IReadOnlyList<ImageSample> samples, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        try
        {
            return ImageSet.Open(
                samples, _trained.Images with { OnDecodeError = DecodeErrorAction.Refuse }, training: false, "decode images", progress, cancellationToken);
        }
        catch (DmlException error)
        {
            throw new DmlException(error.Message.Replace(ImageDecoder.SkipAdvice, " or leave it out", StringComparison.Ordinal), error);
        }
    }

    /// <summary>Frees the network.</summary>
    public void Dispose() => _trained.Dispose();
}
