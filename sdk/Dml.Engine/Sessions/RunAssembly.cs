using System.Diagnostics;
using Dml.Engine.Config;
using Dml.Engine.Data;
using Dml.Engine.Evaluation;
using Dml.Engine.Features;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Engine.Training;
using Dml.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>What makes every run, whatever it trains on: the folder that grows until it is whole, checkpoints, the files that end it.</summary>
/// <param name="config">A valid config.</param>
/// <param name="sections">The root keys that the config may have.</param>
/// <param name="configDirectory">The config file's folder, which the base of relative paths is relative to.</param>
/// <param name="progress">Receives progress of every stage.</param>
/// <param name="cancellationToken">Stops it; what was trained is kept and can be resumed.</param>
internal sealed class RunAssembly(
    BoundConfig config, IReadOnlyList<ConfigSection> sections, string configDirectory, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>What is to be said of a training that goes on.</summary>
    private IReadOnlyList<string> _otherBuilds = [];

    /// <summary>The folder that relative paths start at.</summary>
    public string BaseDirectory { get; } = Path.GetFullPath(config.Section<string>(HostSections.BaseFolder), configDirectory);

    /// <summary>The run's seed.</summary>
    public long Seed { get; } = config.Section<long>(HostSections.Seed);

    /// <summary>How it is trained.</summary>
    public TrainingOptions Training { get; } = config.Section<TrainingOptions>(HostSections.Training);

    /// <summary>config.json of the run that this makes.</summary>
    public string ConfigJson => ConfigFile.ToJson(ConfigOverride.Set(ResolvedConfig.Of(config, sections), HostSections.BaseFolder, BaseDirectory));

    /// <summary>Makes the run folder.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <param name="make">Trains, and writes all files.</param>
    /// <exception cref="TrainingStoppedException">It was stopped after its first batch.</exception>
    public RunFolder Execute(string path, bool overwrite, Action<RunFolder, CheckpointStore> make)
    {
        using var writer = RunWriter.Start(path, overwrite);
        if (writer.Warning is { } warning) progress.Report(new("warning", 0, 0, warning));
        return Execute(writer, path, make);
    }

    /// <summary>Goes on with a training that was stopped, with the config that it was started with.</summary>
    /// <param name="writer">The unfinished run.</param>
    /// <param name="path">How the user named it.</param>
    /// <param name="make">Trains, and writes all files.</param>
    public RunFolder Execute(RunWriter writer, string path, Action<RunFolder, CheckpointStore> make)
    {
        var checkpoints = new CheckpointStore(writer.Folder.Path, Training.CheckpointSeconds) { Plugins = PluginRecord.Builds(config.AllPlugins) };
        _otherBuilds = checkpoints.OtherBuilds();
        foreach (var warning in _otherBuilds) progress.Report(new("warning", 0, 0, warning));
        try
        {
            // Where run.json stands all is written, and the training was killed before the last step.
            if (!File.Exists(writer.Folder.Facts)) make(writer.Folder, checkpoints);
            checkpoints.Clear();
            return writer.Finish();
        }
        catch (TrainingDivergedException)
        {
            writer.KeepUnfinished = false;
            throw;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && checkpoints.Exists)
        {
            writer.KeepUnfinished = true;
            throw new TrainingStoppedException($"Stopped; {RunWriter.Resumption(path)} goes on from here.");
        }
        catch (Exception) when (checkpoints.Exists)
        {
            writer.KeepUnfinished = true;
            progress.Report(new("kept", $"what was trained up to the last checkpoint; {RunWriter.Resumption(path)} goes on with it."));
            throw;
        }
    }

    /// <summary>Sets the threads, and tells the device to train on.</summary>
    public Device Prepare()
    {
        if (config.Section<int>(HostSections.Threads) is var threads and > 0) set_num_threads(threads);
        return TorchDevice.Resolve(config.Section<string>(HostSections.Device));
    }

    /// <summary>Gives training samples the wrong labels of the config's noise and the right ones of its relabels.</summary>
    /// <param name="labels">(N) labels; changed in place.</param>
    /// <param name="ids">(N) ids.</param>
    /// <param name="classNames">All classes, training classes first.</param>
    /// <param name="classCount">C.</param>
    /// <returns>The noise.</returns>
    public KnownNoise ChangeLabels(int[] labels, IReadOnlyList<string> ids, IReadOnlyList<string> classNames, int classCount)
    {
        var noise = LabelNoise.Apply(labels, classCount, config.Section<NoiseOptions>(HostSections.Noise), Seed);
        if (config.Section<string>(HostSections.Relabels) is { Length: > 0 } file)
        {
            var changed = Relabels.Apply(Path.GetFullPath(file, BaseDirectory), ids, labels, classNames, classCount);
            progress.Report(new("relabelled", 0, 0, $"{changed} training samples by {file}."));
        }

        return noise;
    }

    /// <summary>Indices of the training samples that the config leaves out.</summary>
    /// <param name="ids">(N) ids.</param>
    public IReadOnlySet<int> Excluded(IReadOnlyList<string> ids)
    {
        if (config.Section<string>(HostSections.Excludes) is not { Length: > 0 } file) return new HashSet<int>();
        var excluded = Excludes.Read(Path.GetFullPath(file, BaseDirectory), ids);
        progress.Report(new("left out", 0, 0, $"{excluded.Count} training samples by {file}."));
        return excluded;
    }

    /// <summary>Writes down what the training begins with, or compares it where it goes on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="record">Its samples.</param>
    /// <param name="counted">What log.jsonl calls the number of training samples.</param>
    public void Begin(RunFolder run, DatasetRecord record, string counted)
    {
        var goesOn = File.Exists(run.Config);
        if (goesOn && File.Exists(run.Dataset) && !record.IsSameAs(DatasetRecord.Read(run)))
        {
            throw new DmlException(
                null, "the dataset that the training began with", $"other images or labels than {run.Dataset} has",
                $"put the dataset back as it was, or start anew with {Mention.Option("overwrite")}");
        }

        if (!goesOn) AtomicFile.WriteText(run.Config, ConfigJson);
        record.Write(run);
        RunLog.Add(run, goesOn ? "resume" : "start", json => json.WriteNumber(counted, record.Training.Count));
    }

    /// <summary>Refuses a model that the last step of a training ruined, although its losses were finite before it.</summary>
    /// <param name="tensors">What must be finite.</param>
    /// <param name="trained">Whether it was trained here.</param>
    /// <exception cref="DmlException">One is not finite.</exception>
    public static void RequireFinite(IEnumerable<Tensor> tensors, bool trained)
    {
        using var scope = NewDisposeScope();
        foreach (var tensor in tensors)
        {
            if (!tensor.isfinite().all().item<bool>())
            {
                throw new DmlException(trained
                    ? "Expected finite features, head and loss parameters after training, found NaN or infinity; "
                        + "lower the learning rates in training.optimizer."
                    : "Expected finite features, head and loss parameters of the imported model, found NaN or infinity; import weights that are sound.");
            }
        }
    }

    /// <summary>Tells what a loss has to say of the training that has ended.</summary>
    /// <param name="loss">The loss.</param>
    /// <returns>For the warnings of the run.</returns>
    public IReadOnlyList<string> Remarks(IMetricLoss loss)
    {
        if (loss is not IRememberingLoss { Remark: { } remark }) return [];
        progress.Report(new("warning", 0, 0, remark));
        return [remark];
    }

    /// <summary>Evaluates, and writes what ends a run.</summary>
    /// <param name="run">The run, with its model and its features.</param>
    /// <param name="features">The features.</param>
    /// <param name="record">Its samples.</param>
    /// <param name="epochs">How it was trained; none where it was imported.</param>
    /// <param name="facts">Makes run.json of the seconds that passed.</param>
    public void End(RunFolder run, FeatureSet features, DatasetRecord record, IReadOnlyList<EpochRecord> epochs, Func<RunFacts, RunFacts> facts)
    {
        new RetrievalEvaluation(EvaluationConfig.Of(config), progress, cancellationToken)
            .Evaluate(features, record, [.. epochs.Select((e, i) => new EpochLoss(i + 1, e.MeanLoss))]).Write(run, Origin.Of(run));
        var device = TorchDevice.Resolve(config.Section<string>(HostSections.Device));
        var made = new RunFacts(
            Seed, device.type == DeviceType.CPU ? "cpu" : device.ToString(), get_num_threads(), Versions.Of(config),
            Math.Round(_clock.Elapsed.TotalSeconds, 1), []);
        var complete = facts(made) with { Files = RunInputs.Of(run), Plugins = PluginRecord.Of(config) };
        (complete with { Warnings = [.. complete.Warnings, .. _otherBuilds] }).Write(run);
        RunLog.Add(run, "end");
    }
}
