using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Training;
using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

/// <summary>Six classes of 8 x 8 images, each a class colour with noise, and a model of a few hundred weights.</summary>
internal sealed class TinyProblem : IDisposable
{
    public const int Classes = 6;
    private static readonly ImageOptions ImageOptions = new() { Size = 8 };

    public TinyProblem(long seed = 0, int imagesPerClass = 5)
    {
        random.manual_seed(seed);
        var backbone = new ConvNetBackbone(new() { Channels = [4, 8] });
        Model = new Network(backbone, 4);
        Loss = new ProxyNcaPPLoss(new(), new(Classes, 4, float32, CPU));
        Transform = new ImageTransform(ImageOptions, backbone.Normalization);
        List<ImageSample> samples = [.. Enumerable.Range(0, Classes * imagesPerClass).Select(i => new ImageSample($"{i}", $"{i}", i / imagesPerClass))];
        Images = ImageSet.FromMemory(samples, [.. samples.Select((s, i) => Picture(s.ClassIndex, i))]);
    }

    public static TrainingOptions Options { get; } = new() { Epochs = 2, BatchClasses = 3, BatchImages = 3, EmbeddingSize = 4 };

    public Network Model { get; }

    public IMetricLoss Loss { get; set; }

    public ImageSet Images { get; }

    public ImageTransform Transform { get; }

    public IReadOnlyList<EpochRecord> Train(
        TrainingOptions options, long seed = 0, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default) =>
        Run(new(options, seed), progress, cancellationToken).Epochs;

    public TrainingOutcome Run(Trainer trainer, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default) =>
        trainer.Run(Model, Loss, new ImageInputs(Images, Transform, trainer.Seed), progress ?? SilentProgress.Instance, cancellationToken);

    /// <summary>Copies of all tensors of the checkpoint as bytes.</summary>
    public Dictionary<string, byte[]> Bytes() => ModelTensors.Of(Model, Loss).ToDictionary(t => t.Name, t => t.Tensor.bytes.ToArray());

    public void Dispose()
    {
        Model.Dispose();
        Loss.Dispose();
    }

    private static RgbImage Picture(int label, int index)
    {
        var random = new CounterRandom(label, 0, index);
        var pixels = new byte[192];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)((40 * label * ((i % 3) + 1) % 200) + random.NextBelow(56));
        return new RgbImage(8, 8, pixels);
    }
}
