using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Data;
using Dml.Engine.Features;
using Dml.Engine.Models;
using Dml.Engine.Plugins;
using Dml.Engine.Runs;
using Dml.Engine.Training;
using Dml.Numerics;
using Dml.Storage;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>Makes a run of given features: a head is fitted on them, they are cached as it sees them, and the test split is evaluated.</summary>
internal sealed class FittingRun : RunMaking
{
    /// <summary>The name that dataset.json has in place of a dataset plugin's.</summary>
    public const string DatasetName = "features";

    /// <summary>Training samples that are searched among themselves where there is no test split: more take hours and tell nothing new.</summary>
    private const int MostTestItems = 50_000;

    /// <summary>Separates this draw from the others of the same seed.</summary>
    private const long TestStream = -3;

    private readonly FeatureTable _table;
    private readonly BoundConfig _config;
    private readonly RunAssembly _assembly;
    private readonly IProgress<ProgressReport> _progress;
    private readonly CancellationToken _cancellationToken;

    private FittingRun(FeatureTable table, BoundConfig config, string configDirectory, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        _assembly = new(config, HostSections.OfFeatures, configDirectory, progress, cancellationToken);
        (_table, _config, _progress, _cancellationToken) = (table, config.At(_assembly.BaseDirectory), progress, cancellationToken);
    }

    private TrainingOptions Training => _assembly.Training;

    /// <summary>A name for the run: that of the features, and the seed.</summary>
    public string Name
    {
        get
        {
            var features = Path.TrimEndingDirectorySeparator(_config.Section<FeaturesOptions>(HostSections.Features).Training);
            return FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(features)}-{_assembly.Seed}");
        }
    }

    /// <summary>Whether a config is one of given features.</summary>
    public static bool Is(ConfigNode root) => root[HostSections.Features] is not null;

    /// <summary>A config with the features that it is to be fitted on.</summary>
    /// <param name="root">The config; may be empty.</param>
    /// <param name="features">The file or folder, relative to the current folder; null for the config's.</param>
    /// <param name="testFeatures">The file of the test split, or null.</param>
    public static ConfigNode With(ConfigNode root, string? features, string? testFeatures)
    {
        return Set(Set(root, "training", features, "features"), "test", testFeatures, "testFeatures");

        static ConfigNode Set(ConfigNode root, string key, string? path, string option) => path is null ? root
            : ConfigOverride.Set(root, HostSections.Features, key, Path.GetFullPath(path), ConfigSource.Of(Mention.Option(option)));
    }

    /// <summary>Opens the features and binds the config.</summary>
    /// <param name="root">The config, with a section <c>features</c>.</param>
    /// <param name="configDirectory">Its folder, which relative paths start at.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="progress">Receives progress of every stage.</param>
    /// <param name="cancellationToken">Stops it; what was trained is kept and can be resumed.</param>
    /// <exception cref="DmlException">Something in the config or the features is wrong.</exception>
    public static FittingRun OpenFeatures(
        ConfigNode root, string configDirectory, PluginCatalog catalog, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        foreach (var kind in new[] { PluginKind.Dataset, PluginKind.Backbone })
        {
            if (root[PluginSections.Key(kind)] is not { } section) continue;
            throw new DmlException(
                $"{section.Source}: {section.Path}: expected none beside features, which take the place of dataset and backbone; leave one out.");
        }

        // All mistakes of the config before gigabytes are read.
        var composer = new Composer(catalog, HostSections.OfFeatures);
        var config = composer.Bind(root, PluginKind.Loss);
        Require(config);
        var options = config.Section<FeaturesOptions>(HostSections.Features);
        var folder = Path.GetFullPath(config.Section<string>(HostSections.BaseFolder), configDirectory);
        progress.Report(new("read features", 0, 0, options.Training));
        var table = FeatureTable.Open(Path.GetFullPath(options.Training, folder), options.Test.Length == 0 ? null : Path.GetFullPath(options.Test, folder));
        try
        {
            root = FittingDefaults.Fill(root, table);
            if (config.Section<HeadOptions>(HostSections.Head).Kind == HeadKind.Given)
            {
                var size = GivenHead.EmbeddingSizeOf(table.Training.Source);
                root = ConfigOverride.Apply(root, FormattableString.Invariant($"training.embeddingSize={size}"));
            }

            return new(table, composer.Bind(root, PluginKind.Loss), configDirectory, progress, cancellationToken);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override RunAssembly Assembly => _assembly;

    /// <inheritdoc/>
    public override DataCheck Check()
    {
        var sampler = ITrainingSampler.Make(Training, _table.Training.Labels, _assembly.Seed, _table.ClassNames);
        return new()
        {
            TrainingImages = _table.Training.Count,
            TestImages = _table.Test?.Count ?? 0,
            TrainingClasses = _table.TrainingClassCount,
            TestClasses = _table.Test?.Labels.Distinct().Count() ?? 0,
            BatchSize = sampler.BatchSize,
            BatchesPerEpoch = sampler.BatchesPerEpoch,
            Warnings = [.. _table.Warnings, .. sampler.Warnings],
        };
    }

    /// <inheritdoc/>
    public override void Dispose() => _table.Dispose();

    private static void Require(BoundConfig config)
    {
        var training = config.Section<TrainingOptions>(HostSections.Training);
        if (config.Section<FeaturesOptions>(HostSections.Features).Training.Length == 0)
        {
            throw new DmlException("features.training: expected a file or folder with features, found nothing; name it.");
        }

        if (training.Mode == TrainingMode.Validate)
        {
            throw new DmlException(
                "training.mode: expected full for given features, found validate; leave it out, or give the validation split as features.test.");
        }

        if (training.Views != 1)
        {
            throw new DmlException($"training.views: expected 1 for given features, whose file has their views, found {training.Views}; leave it out.");
        }

        if (training.Precision != TrainingPrecision.Float32)
        {
            throw new DmlException("training.precision: expected float32 for given features, found bfloat16, which is of a backbone; leave it out.");
        }
    }

    /// <inheritdoc/>
    protected override void Make(RunFolder run, CheckpointStore checkpoints)
    {
        var device = _assembly.Prepare();
        using var scope = NewDisposeScope();
        var all = _table.Training.Labels.ToArray();
        var noise = _assembly.ChangeLabels(all, _table.Training.Ids, _table.ClassNames, _table.TrainingClassCount);
        var training = _table.Training.Without(_assembly.Excluded(_table.Training.Ids), ref all);
        var labels = all;
        var inputs = new FeatureInputs(training.Parts[0], labels, _assembly.Seed);
        var keepsHead = _config.Section<HeadOptions>(HostSections.Head).Kind == HeadKind.Given;
        var sampling = keepsHead ? [] : ITrainingSampler.Make(Training, labels, _assembly.Seed, _table.ClassNames).Warnings;
        List<string> warnings = [.. _table.Warnings, .. sampling];
        var test = TestItems(training, warnings);
        foreach (var warning in warnings) _progress.Report(new("warning", 0, 0, warning));

        manual_seed(_assembly.Seed);
        var hidden = _config.Section<HeadOptions>(HostSections.Head).HiddenSize(_table.Training.Size);
        using var model = new Network(new GivenFeatures(_table.Training.Size), Training.EmbeddingSize, device, hidden);
        using var services = new ServiceCollection().AddSingleton(new LossShape(_table.TrainingClassCount, Training.EmbeddingSize, float32, device))
            .BuildServiceProvider();
        using var loss = _config.Plugin(PluginKind.Loss)!.Create<IMetricLoss>(services);
        var record = Record(run, training, labels, noise, test);
        _assembly.Begin(run, record, "trainingSamples");
        var log = new TrainingLog(run, Training.TensorBoard);
        var cache = new FittedFeatures(model, _progress, _cancellationToken);
        var trainer = new Trainer(Training, _assembly.Seed)
        {
            Checkpoints = checkpoints,
            EpochEnded = (epoch, score) =>
            {
                log.Add(epoch, score);
                if (Training.Keeps(epoch)) Write(run.Moment(epoch.Epoch + 1));
            },
        };
        var outcome = keepsHead ? GivenHead.Fill(_table.Training.Source, model, loss) : trainer.Run(model, loss, inputs, _progress, _cancellationToken);
        if (!keepsHead) warnings.AddRange(_assembly.Remarks(loss));
        SafeTensors.Write(run.Checkpoint, ModelTensors.Of(model, loss));
        RunAssembly.RequireFinite(ModelTensors.Of(model, loss).Select(t => t.Tensor), trained: true);
        Write(run.Features);
        using var features = FeatureFile.Read(run.Features);
        _assembly.End(run, features, record, outcome.Epochs, facts => facts with { Warnings = warnings, Notes = NotesOf(model) });

        void Write(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            cache.Write(path, loss, training, labels, test);
        }
    }

    /// <summary>The test split; training samples where there is none.</summary>
    private FeatureSplit TestItems(FeatureSplit training, List<string> warnings)
    {
        if (_table.Test is { } test) return test;
        var count = Math.Min(MostTestItems, training.Count);
        var which = count == training.Count ? "the" : $"{count} of the {training.Count}";
        warnings.Add($"There is no test split: {which} training samples are searched "
            + "among themselves, and all figures of retrieval are of what was trained on.");
        var order = Enumerable.Range(0, training.Count).ToArray();
        new CounterRandom(_assembly.Seed, TestStream, 0).Shuffle(order.AsSpan());
        return training.Where([.. order.Take(count).Order()]);
    }

    private static IReadOnlyList<string>? NotesOf(Network model) => FittedFeatures.NotesOf(model) is { Count: > 0 } notes ? notes : null;

    private DatasetRecord Record(RunFolder run, FeatureSplit training, int[] labels, KnownNoise noise, FeatureSplit test)
    {
        return new(
            DatasetName, _table.ClassNames, _table.TrainingClassCount,
            [.. labels.Select((label, i) => Remember(training, i, label, noise.Source is null || label == training.Labels[i] ? null : training.Labels[i]))],
            [.. test.Labels.Select((label, i) => Remember(test, i, label, null))],
            _table.QueryCount, noise.Source is { } source ? new(source, noise.Indices) : null);

        SampleRecord Remember(FeatureSplit split, int index, int label, int? trueLabel) =>
            new(split.Ids[index], run.Remembered(split.Files?[index] ?? ""), label, trueLabel) { Group = split.Groups?[index] };
    }
}
