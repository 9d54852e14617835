using System.Diagnostics;
using Dml.Host.Composition;
using Dml.Host.Data;
using Dml.Host.Explaining;
using Dml.Host.Features;
using Dml.Host.Images;
using Dml.Host.Runs;
using Dml.Numerics.Storage;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Host.Training;

/// <summary>Makes a run from a config: dataset, noise, training, cached features, retrieval metrics.</summary>
/// <param name="config">A valid config with dataset, backbone and loss.</param>
/// <param name="configDirectory">The config file's folder, which the base of the dataset's relative paths is relative to.</param>
/// <param name="progress">Told about every stage.</param>
/// <param name="cancellationToken">Stops it; nothing is left behind then.</param>
internal sealed class TrainingRun(BoundConfig config, string configDirectory, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
{
    private readonly string _baseDirectory = Path.GetFullPath(config.Section<string>(HostSections.BaseFolder), configDirectory);
    private readonly long _seed = config.Section<long>(HostSections.Seed);
    private readonly TrainingOptions _training = config.Section<TrainingOptions>(HostSections.Training);
    private readonly ImageOptions _images = config.Section<ImageOptions>(HostSections.Images);

    /// <summary>Trains and writes the run folder.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    public RunFolder Execute(string path, bool overwrite)
    {
        var clock = Stopwatch.StartNew();
        using var writer = RunWriter.Start(path, overwrite);
        var run = writer.Folder;
        if (config.Section<int>(HostSections.Threads) is var threads and > 0) set_num_threads(threads);
        var device = TorchDevice.Resolve(config.Section<string>(HostSections.Device));
        using var scope = NewDisposeScope();
        using var services = Services(run, device);
        var dataset = services.GetRequiredService<MetricDataset>();
        var (samples, noise) = AddNoise(dataset);

        // Before minutes of decoding: is there a batch in this at all?
        var sampling = SamplerWarnings(samples);
        RunLog.Add(run, "start", json => json.WriteNumber("trainingImages", samples.Count));
        var train = ImageSet.Open(samples, _images, "decode training images", progress, cancellationToken);
        var test = ImageSet.Open([.. dataset.Query, .. dataset.Gallery ?? []], _images, "decode test images", progress, cancellationToken);
        string[] warnings = [.. train.Warnings, .. test.Warnings, .. sampling];
        foreach (var warning in warnings) progress.Report(new("warning", 0, 0, warning));

        manual_seed(_seed);
        var backbone = services.GetRequiredService<IBackbone>();
        using var model = new EmbeddingModel(backbone, _training.EmbeddingSize, device);
        var loss = services.GetRequiredService<IMetricLoss>();
        var transform = new ImageTransform(_images, backbone.Normalization);
        AtomicFile.WriteText(run.Config, ConfigFile.ToJson(ConfigOverride.Set(ResolvedConfig.Of(config, HostSections.All), HostSections.BaseFolder, _baseDirectory)));
        var epochs = new Trainer(_training, _seed).Run(model, loss, train, transform, progress, cancellationToken, epoch => LogEpoch(run, epoch));
        SafeTensors.Write(run.Checkpoint, ModelTensors.Of(model, loss));

        using var features = Extract(model, loss, train, test, transform);
        RequireFinite(features);
        FeatureFile.Write(run.Features, features);
        var record = Record(dataset, train, test, noise, run);
        record.Write(run);
        RetrievalEvaluation.Evaluate(features, record.QueryCount, [.. epochs.Select((e, i) => new EpochLoss(i + 1, e.MeanLoss))], cancellationToken).Write(run.Metrics);
        new RunFacts(_seed, device.type == DeviceType.CPU ? "cpu" : device.ToString(), get_num_threads(), Versions.Of(config), Math.Round(clock.Elapsed.TotalSeconds, 1), warnings).Write(run);
        RunLog.Add(run, "end");
        return writer.Finish();
    }

    private ServiceProvider Services(RunFolder run, Device device)
    {
        var services = new ServiceCollection();
        services.AddSingleton(new DatasetContext(_baseDirectory, run.Path, _seed));
        services.AddSingleton(provider => provider.GetRequiredService<IDatasetSource>().Open(progress, cancellationToken));
        services.AddSingleton(provider => new LossShape(provider.GetRequiredService<MetricDataset>().TrainingClassCount, _training.EmbeddingSize, float32, device));
        return config.AddPlugins(services).BuildServiceProvider();
    }

    private (IReadOnlyList<ImageSample> Samples, KnownNoise Noise) AddNoise(MetricDataset dataset)
    {
        var labels = dataset.Training.Select(s => s.ClassIndex).ToArray();
        var noise = LabelNoise.Apply(labels, dataset.TrainingClassCount, config.Section<NoiseOptions>(HostSections.Noise), _seed);
        return ([.. dataset.Training.Select((s, i) => s with { ClassIndex = labels[i] })], noise);
    }

    private IReadOnlyList<string> SamplerWarnings(IReadOnlyList<ImageSample> samples) =>
        new ClassBalancedSampler([.. samples.Select(s => s.ClassIndex)], _training.BatchClasses, _training.BatchImages, _seed).Warnings;

    private FeatureSet Extract(EmbeddingModel model, IMetricLoss loss, ImageSet train, ImageSet test, ImageTransform transform)
    {
        using var noGradient = no_grad();
        return new(
            "this run",
            FeatureExtractor.Extract(model, train, transform, "embed training images", progress, cancellationToken).DetachFromDisposeScope(),
            tensor(train.Samples.Select(s => (long)s.ClassIndex).ToArray()).DetachFromDisposeScope(),
            FeatureExtractor.Extract(model, test, transform, "embed test images", progress, cancellationToken).DetachFromDisposeScope(),
            tensor(test.Samples.Select(s => (long)s.ClassIndex).ToArray()).DetachFromDisposeScope(),
            Copy(model.Head.weight!),
            Copy(model.Head.bias!),
            loss.Parameters.ToDictionary(p => p.Name, p => Copy(p.Value), StringComparer.Ordinal),
            [.. train.Samples.Select(s => s.Id)],
            [.. test.Samples.Select(s => s.Id)]);

        static Tensor Copy(Tensor parameter) => parameter.detach().cpu().clone().DetachFromDisposeScope();
    }

    /// <summary>The last step of a training can ruin a model whose losses were finite before it.</summary>
    private static void RequireFinite(FeatureSet features)
    {
        using var scope = NewDisposeScope();
        foreach (var tensor in features.LossParameters.Values.Concat([features.TrainFeatures, features.TestFeatures, features.HeadWeight, features.HeadBias]))
        {
            if (!tensor.isfinite().all().item<bool>())
            {
                throw new DmlException("Expected finite features, head and loss parameters after training, found NaN or infinity; lower the learning rates in training.optimizer.");
            }
        }
    }

    private DatasetRecord Record(MetricDataset dataset, ImageSet train, ImageSet test, KnownNoise noise, RunFolder run)
    {
        var trueLabels = noise.Indices.Zip(noise.TrueLabels).ToDictionary(x => dataset.Training[x.First].Id, x => x.Second, StringComparer.Ordinal);
        var kept = test.Samples.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        return new(
            config.Plugin(PluginKind.Dataset)!.Plugin.Name, dataset.ClassNames, dataset.TrainingClassCount,
            [.. train.Samples.Select(s => Remember(s, trueLabels.TryGetValue(s.Id, out var label) ? label : null))],
            [.. test.Samples.Select(s => Remember(s, null))],
            dataset.Gallery is null ? null : dataset.Query.Count(s => kept.Contains(s.Id)),
            noise.Source is { } source ? new(source, noise.Indices) : null);

        // Images inside the run folder move with it.
        SampleRecord Remember(ImageSample sample, int? trueLabel) =>
            new(sample.Id, sample.File.StartsWith(run.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? Path.GetRelativePath(run.Path, sample.File) : sample.File, sample.ClassIndex, trueLabel);
    }

    private static void LogEpoch(RunFolder run, EpochRecord epoch) => RunLog.Add(run, epoch.WarmUp ? "warm-up epoch" : "epoch", json =>
    {
        json.WriteNumber("epoch", epoch.Epoch + 1);
        json.WriteNumber("loss", epoch.MeanLoss);
        json.WriteNumber("learningRate", epoch.LearningRate);
        json.WriteNumber("imagesPerSecond", epoch.ImagesPerSecond);
        json.WriteNumber("seconds", epoch.Seconds);
    });
}
