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
    : RunMaking
{
    private readonly RunAssembly _assembly = new(config, HostSections.All, configDirectory, progress, cancellationToken);
    private readonly BoundConfig _config = config.At(Path.GetFullPath(config.Section<string>(HostSections.BaseFolder), configDirectory));
    private readonly string _baseDirectory = Path.GetFullPath(config.Section<string>(HostSections.BaseFolder), configDirectory);
    private readonly long _seed = config.Section<long>(HostSections.Seed);
    private readonly TrainingOptions _training = config.Section<TrainingOptions>(HostSections.Training);
    private readonly ImageOptions _images = config.Section<ImageOptions>(HostSections.Images);

    /// <summary>A model that was trained elsewhere, which takes the place of training; null to train.</summary>
    public ModelImport? Import { get; init; }

    /// <inheritdoc/>
    protected override RunAssembly Assembly => _assembly;

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    /// <inheritdoc/>
    protected override void Make(RunFolder run, CheckpointStore checkpoints)
    {
        var device = _assembly.Prepare();
        using var scope = NewDisposeScope();
        using var services = Services(run, device);
        var dataset = services.GetRequiredService<MetricDataset>();
        var (samples, noise) = AddNoise(dataset);

        // Before minutes of decoding: is there a batch in this at all, and do the weights fit?
        var sampling = Import is null ? SamplerWarnings(samples, dataset.ClassNames) : [];
        manual_seed(_seed);
        var backbone = services.GetRequiredService<IBackbone>();
        RequireFit(backbone);
        if (backbone.Frozen is { } frozen) progress.Report(new("backbone", 0, 0, frozen.Description));
        using var model = new Network(backbone, _training.EmbeddingSize, device, HiddenSize(backbone), IsFrozen ? _seed : null);
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
        var given = IsFrozen ? FrozenFeatures.Extract(model, train, transform, _training.Views, _seed, progress, cancellationToken) : null;
        var outcome = given is not null ? Fit(run, checkpoints, model, loss, train, test, transform, given)
            : Import is null ? Train(run, checkpoints, model, loss, train, test, transform) : new([], []);
        if (Import is null) warnings = [.. warnings, .. _assembly.Remarks(loss)];
        SafeTensors.Write(run.Checkpoint, ModelTensors.Of(model, loss));

        using var features = Extract(model, loss, train, test, transform, given);
        RunAssembly.RequireFinite(
            features.LossParameters.Values.Concat(
                [features.TrainFeatures, features.TestFeatures, features.EvaluationFeatures ?? features.TestFeatures, features.HeadWeight, features.HeadBias]),
            trained: Import is null);
        FeatureFile.Write(run.Features, features);
        _assembly.End(run, features, record, outcome.Epochs, facts => facts with
        {
            Warnings = warnings,
            ImportedFrom = imported,
            Backbone = backbone.Frozen is { } model ? FrozenRecord.Of(model) : null,
            Notes = features.Notes.Count > 0 ? features.Notes : null,
            Weights = WeightHashes(backbone, imported),
        });
    }

    /// <summary>The files that the weights came from, hashed: a file of the same name may be another one tomorrow.</summary>
    private SortedDictionary<string, string>? WeightHashes(IBackbone backbone, ImportRecord? imported)
    {
        string?[] files = imported is null ? [backbone.Pretrained?.File] : [imported.Weights, imported.Proxies];
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files.OfType<string>())
        {
            var path = Path.GetFullPath(file, _baseDirectory);
            if (FileHash.TryOf(path) is { } hash) hashes[path] = hash;
        }

        return hashes.Count > 0 ? hashes : null;
    }

    /// <summary>A GPU must agree with the CPU before hours are spent on it.</summary>
    private void CheckDevice(Network model, IMetricLoss loss, IBackbone backbone, int classCount)
    {
        if (model.Device.type == DeviceType.CPU) return;
        var state = random.get_rng_state();
        using var services = new ServiceCollection().AddSingleton(new LossShape(classCount, model.EmbeddingSize, float32, CPU)).BuildServiceProvider();
        using var reference = new Network(backbone, model.EmbeddingSize, hiddenSize: HiddenSize(backbone));
        using var referenceLoss = _config.Plugin(PluginKind.Loss)!.Create<IMetricLoss>(services);
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
                if (_training.Keeps(epoch)) KeepMoment(run.Moment(epoch.Epoch + 1), model, loss, train, test, transform, null);
            },
            Validate = validates ? Validate : null,
        };
        var outcome = trainer.Run(model, loss, new ImageInputs(train, transform, _seed), progress, cancellationToken);
        if (validates) ValidationRecords.Of(outcome).Write(run);
        return outcome;

        ValidationScore Validate(Network current, CancellationToken token)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var features = FeatureExtractor.Extract(current, test, transform, ImageView.Evaluation, "embed validation images", progress, token);
            return ValidationScore.Of(current.Embed(features.to(current.Device)).cpu(), labels, _seed, token);
        }
    }

    private void KeepMoment(string path, Network model, IMetricLoss loss, ImageSet train, ImageSet test, ImageTransform transform, Tensor? given)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var features = Extract(model, loss, train, test, transform, given);
        FeatureFile.Write(path, features);
    }

    /// <summary>Trains the head alone, on features of the images as the backbone, which stands still, has made them once.</summary>
    private TrainingOutcome Fit(
        RunFolder run, CheckpointStore checkpoints, Network model, IMetricLoss loss, ImageSet train, ImageSet test, ImageTransform transform, Tensor given)
    {
        using var head = model.OnFeatures();
        using var arrays = new MemoryArrays(new Dictionary<string, Tensor> { [FeatureNames.Features] = given.alias() });
        var inputs = new FeatureInputs(new(arrays, FeatureNames.Features), [.. train.Samples.Select(s => s.ClassIndex)], _seed);
        var log = new TrainingLog(run, _training.TensorBoard);
        var trainer = new Trainer(_training, _seed)
        {
            Checkpoints = checkpoints,
            EpochEnded = (epoch, score) =>
            {
                log.Add(epoch, score);
                if (_training.Keeps(epoch)) KeepMoment(run.Moment(epoch.Epoch + 1), model, loss, train, test, transform, given);
            },
        };
        return trainer.Run(head, loss, inputs, progress, cancellationToken);
    }

    private void RequireFit(IBackbone backbone)
    {
        if (_training.Views != 1 && Import is null && !IsFrozen)
        {
            throw new DmlException(
                $"training.views: expected 1 where the backbone is trained, which sees each image augmented anew at every step, found {_training.Views}; "
                    + "leave it out, or set training.mode to \"frozen\".");
        }

        FrozenBackbone.Require(backbone, _config.Plugin(PluginKind.Backbone)!.Plugin.Name, _training, _images, Import is not null);
    }

    private bool IsFrozen => _training.Mode == TrainingMode.Frozen && Import is null;

    /// <summary>Units of the hidden layer of the head; null for a linear one.</summary>
    private int? HiddenSize(IBackbone backbone)
    {
        var head = _config.Section<HeadOptions>(HostSections.Head);
        if (head.Kind == HeadKind.Given)
        {
            throw new DmlException(
                "head.kind", "linear or mlp for images", "given, which keeps the head of a features file",
                $"choose one, or {Mention.Operation("import")} a model");
        }

        var hidden = head.HiddenSize(backbone.FeatureSize);
        if (hidden is not null && Import is not null)
        {
            throw new DmlException("head.kind: expected linear for an imported model, found mlp; fit an MLP head on its features instead.");
        }

        if (IsFrozen && _training.Precision != TrainingPrecision.Float32)
        {
            throw new DmlException("training.precision: expected float32 in mode frozen, where no backbone is trained, found bfloat16; leave it out.");
        }

        return hidden;
    }

    private ServiceProvider Services(RunFolder run, Device device)
    {
        var services = new ServiceCollection();
        services.AddSingleton(new DatasetContext(_baseDirectory, run.Path, _seed));
        services.AddSingleton(new BackboneContext(_baseDirectory));
        services.AddSingleton(provider =>
            DatasetLabels.Checked(provider.GetRequiredService<IDatasetSource>().Open(progress, cancellationToken)) is var dataset
                && _training.Mode == TrainingMode.Validate ? ValidationSplit.Of(dataset) : dataset);
        services.AddSingleton(
            provider => new LossShape(provider.GetRequiredService<MetricDataset>().TrainingClassCount, _training.EmbeddingSize, float32, device));
        return _config.AddPlugins(services).BuildServiceProvider();
    }

    private (IReadOnlyList<ImageSample> Samples, KnownNoise Noise) AddNoise(MetricDataset dataset)
    {
        var labels = dataset.Training.Select(s => s.ClassIndex).ToArray();
        var noise = _assembly.ChangeLabels(labels, [.. dataset.Training.Select(s => s.Id)], dataset.ClassNames, dataset.TrainingClassCount);
        var samples = dataset.Training.Select((s, i) => s with { ClassIndex = labels[i] });
        var excluded = _assembly.Excluded([.. dataset.Training.Select(s => s.Id)]);
        return ([.. samples.Where((_, i) => !excluded.Contains(i))], noise);
    }

    private IReadOnlyList<string> SamplerWarnings(IReadOnlyList<ImageSample> samples, IReadOnlyList<string> classNames) =>
        ITrainingSampler.Make(_training, [.. samples.Select(s => s.ClassIndex)], _seed, classNames).Warnings;

    // Features of a frozen backbone, (N, K, D), are given, and not made a second time.
    private FeatureSet Extract(Network model, IMetricLoss loss, ImageSet train, ImageSet test, ImageTransform transform, Tensor? given)
    {
        using var noGradient = no_grad();
        return new(
            "this run",
            (given is not null ? FrozenFeatures.Cache(model, given)
                : FeatureExtractor.Extract(model, train, transform, ImageView.Influence, "embed training images", progress, cancellationToken))
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
            Notes = FittedFeatures.NotesOf(model),
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
            _config.Plugin(PluginKind.Dataset)!.Plugin.Name, dataset.ClassNames, dataset.TrainingClassCount,
            [.. train.Samples.Select(s => Remember(s, trueLabels.TryGetValue(s.Id, out var label) && label != s.ClassIndex ? label : null))],
            [.. test.Samples.Select(s => Remember(s, null))],
            dataset.Gallery is null ? null : dataset.Query.Count(s => kept.Contains(s.Id)),
            noise.Source is { } source ? new(source, noise.Indices) : null);

        SampleRecord Remember(ImageSample sample, int? trueLabel) =>
            new(sample.Id, run.Remembered(sample.File), sample.ClassIndex, trueLabel) { Box = sample.Box, Group = sample.Group };
    }
}
