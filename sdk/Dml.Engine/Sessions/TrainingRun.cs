using Dml.Engine.Config;
using Dml.Engine.Data;
using Dml.Engine.Features;
using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Engine.Training;
using Dml.Numerics;
using Dml.Storage;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>Makes a run from a config: dataset, noise, training, cached features, retrieval metrics.</summary>
/// <param name="config">A valid config with dataset, backbone and loss.</param>
/// <param name="configDirectory">The config file's folder, which the base of the dataset's relative paths is relative to.</param>
/// <param name="progress">Receives progress of every stage.</param>
/// <param name="cancellationToken">Stops it; what was trained is kept and can be resumed.</param>
internal sealed partial class TrainingRun(BoundConfig config, string configDirectory, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
{
    private readonly RunAssembly _assembly = new(config, HostSections.All, configDirectory, progress, cancellationToken);
    private readonly string _baseDirectory = Path.GetFullPath(config.Section<string>(HostSections.BaseFolder), configDirectory);
    private readonly long _seed = config.Section<long>(HostSections.Seed);
    private readonly TrainingOptions _training = config.Section<TrainingOptions>(HostSections.Training);
    private readonly ImageOptions _images = config.Section<ImageOptions>(HostSections.Images);

    /// <summary>A model that was trained elsewhere, which takes the place of training; null to train.</summary>
    public ModelImport? Import { get; init; }

    /// <summary>config.json of the run that this makes.</summary>
    public string ConfigJson => _assembly.ConfigJson;

    /// <summary>Trains and writes the run folder.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <exception cref="TrainingStoppedException">It was stopped after its first batch.</exception>
    public RunFolder Execute(string path, bool overwrite) => _assembly.Execute(path, overwrite, Make);

    /// <summary>Goes on with a training that was stopped, with the config that it was started with.</summary>
    /// <param name="writer">The unfinished run.</param>
    /// <param name="path">How the user named it.</param>
    public RunFolder Execute(RunWriter writer, string path) => _assembly.Execute(writer, path, Make);

    private void Make(RunFolder run, CheckpointStore checkpoints)
    {
        var device = _assembly.Prepare();
        using var scope = NewDisposeScope();
        using var services = Services(run, device);
        var dataset = services.GetRequiredService<MetricDataset>();
        var (samples, noise) = AddNoise(dataset);

        // Before minutes of decoding: is there a batch in this at all, and do the weights fit?
        var sampling = Import is null ? SamplerWarnings(samples) : [];
        manual_seed(_seed);
        var backbone = services.GetRequiredService<IBackbone>();
        using var model = new Network(backbone, _training.EmbeddingSize, device);
        var loss = services.GetRequiredService<IMetricLoss>();
        var (imported, loaded) = Import is null ? (null, PretrainedLoader.Load(backbone, model.Backbone, _baseDirectory)) : Import.Fill(backbone, model, loss);
        CheckDevice(model, loss, backbone, dataset.TrainingClassCount);
        var train = ImageSet.Open(samples, _images, training: true, "decode training images", progress, cancellationToken);
        var test = ImageSet.Open([.. dataset.Query, .. dataset.Gallery ?? []], _images, training: false, "decode test images", progress, cancellationToken);
        var remarks = new DataRemarks(dataset, train.Survey, test.Survey).All(_images.ExifOrientation);
        string[] warnings = [.. dataset.Warnings, .. train.Warnings, .. test.Warnings, .. remarks, .. sampling, .. loaded];
        foreach (var warning in warnings) progress.Report(new("warning", 0, 0, warning));
        var transform = new ImageTransform(_images, backbone.Normalization);
        var record = Record(dataset, train, test, noise, run);
        _assembly.Begin(run, record, "trainingImages");
        var outcome = Import is null ? Train(run, checkpoints, model, loss, train, test, transform) : new([], []);
        SafeTensors.Write(run.Checkpoint, ModelTensors.Of(model, loss));

        using var features = Extract(model, loss, train, test, transform);
        RunAssembly.RequireFinite(
            features.LossParameters.Values.Concat(
                [features.TrainFeatures, features.TestFeatures, features.EvaluationFeatures ?? features.TestFeatures, features.HeadWeight, features.HeadBias]),
            trained: Import is null);
        FeatureFile.Write(run.Features, features);
        _assembly.End(run, features, record, outcome.Epochs, facts => facts with { Warnings = warnings, ImportedFrom = imported });
    }

    /// <summary>A GPU must agree with the CPU before hours are spent on it.</summary>
    private void CheckDevice(Network model, IMetricLoss loss, IBackbone backbone, int classCount)
    {
        if (model.Device.type == DeviceType.CPU) return;
        var state = random.get_rng_state();
        using var services = new ServiceCollection().AddSingleton(new LossShape(classCount, model.EmbeddingSize, float32, CPU)).BuildServiceProvider();
        using var reference = new Network(backbone, model.EmbeddingSize);
        using var referenceLoss = config.Plugin(PluginKind.Loss)!.Create<IMetricLoss>(services);
        DeviceCheck.Require(model, loss, reference, referenceLoss, _images.Size);
        random.set_rng_state(state);
    }

    private TrainingOutcome Train(
        RunFolder run, CheckpointStore checkpoints, Network model, IMetricLoss loss, ImageSet train, ImageSet test, ImageTransform transform)
    {
        var validates = _training.Mode == TrainingMode.Validate;
        var log = new TrainingLog(run, _training.TensorBoard);
        long[] labels = [.. test.Samples.Select(s => (long)s.ClassIndex)];
        var trainer = new Trainer(_training, _seed)
        {
            Checkpoints = checkpoints,
            EpochEnded = (epoch, score) =>
            {
                log.Add(epoch, score);
                if (IsKept(epoch)) KeepMoment(run.Moment(epoch.Epoch + 1));
            },
            Validate = validates ? Validate : null,
        };
        var outcome = trainer.Run(model, loss, new ImageInputs(train, transform, _seed), progress, cancellationToken);
        if (validates) ValidationRecords.Of(outcome).Write(run);
        return outcome;

        void KeepMoment(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var features = Extract(model, loss, train, test, transform);
            FeatureFile.Write(path, features);
        }

        ValidationScore Validate(Network current, CancellationToken token)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var features = FeatureExtractor.Extract(current, test, transform, ImageView.Evaluation, "embed validation images", progress, token);
            return ValidationScore.Of(current.Embed(features.to(current.Device)).cpu(), labels, _seed, token);
        }
    }

    /// <summary>The last epoch is the trained model itself.</summary>
    private bool IsKept(EpochRecord epoch) => _training.KeepEvery > 0 && !epoch.WarmUp
        && (epoch.Epoch + 1) % _training.KeepEvery == 0 && epoch.Epoch + 1 < _training.TrainedEpochs;

    private ServiceProvider Services(RunFolder run, Device device)
    {
        var services = new ServiceCollection();
        services.AddSingleton(new DatasetContext(_baseDirectory, run.Path, _seed));
        services.AddSingleton(provider =>
            provider.GetRequiredService<IDatasetSource>().Open(progress, cancellationToken) is var dataset && _training.Mode == TrainingMode.Validate
                ? ValidationSplit.Of(dataset) : dataset);
        services.AddSingleton(
            provider => new LossShape(provider.GetRequiredService<MetricDataset>().TrainingClassCount, _training.EmbeddingSize, float32, device));
        return config.AddPlugins(services).BuildServiceProvider();
    }

    private (IReadOnlyList<ImageSample> Samples, KnownNoise Noise) AddNoise(MetricDataset dataset)
    {
        var labels = dataset.Training.Select(s => s.ClassIndex).ToArray();
        var noise = _assembly.ChangeLabels(labels, [.. dataset.Training.Select(s => s.Id)], dataset.ClassNames, dataset.TrainingClassCount);
        var samples = dataset.Training.Select((s, i) => s with { ClassIndex = labels[i] });
        var excluded = _assembly.Excluded([.. dataset.Training.Select(s => s.Id)]);
        return ([.. samples.Where((_, i) => !excluded.Contains(i))], noise);
    }

    private IReadOnlyList<string> SamplerWarnings(IReadOnlyList<ImageSample> samples) =>
        IBatchSampler.Make(_training, [.. samples.Select(s => s.ClassIndex)], _seed).Warnings;

    private FeatureSet Extract(Network model, IMetricLoss loss, ImageSet train, ImageSet test, ImageTransform transform)
    {
        using var noGradient = no_grad();
        return new(
            "this run",
            FeatureExtractor.Extract(model, train, transform, ImageView.Influence, "embed training images", progress, cancellationToken)
                .DetachFromDisposeScope(),
            tensor(train.Samples.Select(s => (long)s.ClassIndex).ToArray()).DetachFromDisposeScope(),
            FeatureExtractor.Extract(model, test, transform, ImageView.Influence, "embed test images", progress, cancellationToken).DetachFromDisposeScope(),
            tensor(test.Samples.Select(s => (long)s.ClassIndex).ToArray()).DetachFromDisposeScope(),
            Copy(model.Head.weight!),
            Copy(model.Head.bias!),
            loss.Parameters.ToDictionary(p => p.Name, p => Copy(p.Value), StringComparer.Ordinal),
            [.. train.Samples.Select(s => s.Id)],
            [.. test.Samples.Select(s => s.Id)])
        {
            EvaluationFeatures = transform.ViewsAgree(test) ? null
                : FeatureExtractor.Extract(model, test, transform, ImageView.Evaluation, "embed cropped test images", progress, cancellationToken)
                    .DetachFromDisposeScope(),
        };

        static Tensor Copy(Tensor parameter) => parameter.detach().cpu().clone().DetachFromDisposeScope();
    }

    private DatasetRecord Record(MetricDataset dataset, ImageSet train, ImageSet test, KnownNoise noise, RunFolder run)
    {
        // Where noise is known, so is the truth: the dataset's own label, which a relabelled sample may have got back.
        var trueLabels = noise.Source is null ? [] : dataset.Training.ToDictionary(s => s.Id, s => s.ClassIndex, StringComparer.Ordinal);
        var kept = test.Samples.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        return new(
            config.Plugin(PluginKind.Dataset)!.Plugin.Name, dataset.ClassNames, dataset.TrainingClassCount,
            [.. train.Samples.Select(s => Remember(s, trueLabels.TryGetValue(s.Id, out var label) && label != s.ClassIndex ? label : null))],
            [.. test.Samples.Select(s => Remember(s, null))],
            dataset.Gallery is null ? null : dataset.Query.Count(s => kept.Contains(s.Id)),
            noise.Source is { } source ? new(source, noise.Indices) : null);

        SampleRecord Remember(ImageSample sample, int? trueLabel) =>
            new(sample.Id, run.Remembered(sample.File), sample.ClassIndex, trueLabel) { Box = sample.Box, Group = sample.Group };
    }
}
