using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Runs;

namespace Dml.Engine.Reporting;

/// <summary>What a run folder holds, for the sections of its report.</summary>
internal sealed class ReportSource : IDisposable
{
    private readonly RunFacts _facts;
    private Model? _model;

    /// <summary>Reads the records of a run.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="DmlException">One is damaged, or of other samples than the run's.</exception>
    public ReportSource(RunFolder run)
    {
        (Run, Dataset, Thumbnails) = (run, DatasetRecord.Read(run), new(run.Path, RunOrientation.Of(run)));
        Metrics = RunMetrics.TryRead(run.Metrics);
        Influence = InfluenceRecord.TryRead(run.Path);
        RequireCurrent(Metrics?.Origin, run.Metrics, "evaluate");
        RequireCurrent(Influence?.Origin, Path.Combine(run.Path, InfluenceFiles.Summary), "influence");
        Mislabels = MislabelRecord.TryRead(run.Mislabel);
        RequireCurrent(Mislabels?.Origin, run.Mislabel, "mislabel");
        Influence?.RequireFit(run.Path, Dataset.Training.Count, Dataset.Test.Count);
        _facts = RunFacts.Read(run);
        Facts = ReadFacts();
    }

    /// <summary>The run.</summary>
    public RunFolder Run { get; }

    /// <summary>Its samples.</summary>
    public DatasetRecord Dataset { get; }

    /// <summary>Its retrieval metrics and training curves; null where there are none.</summary>
    public RunMetrics? Metrics { get; }

    /// <summary>Its explained confusions; null where there are none.</summary>
    public InfluenceRecord? Influence { get; }

    /// <summary>Its ranking of suspicious training samples; null where there is none.</summary>
    public MislabelRecord? Mislabels { get; }

    /// <summary>What was run, on what, with what.</summary>
    public ReportFacts Facts { get; }

    /// <summary>What the reader must know of the run as a whole.</summary>
    public IReadOnlyList<string> Warnings => _facts.Warnings;

    /// <summary>The trained model without its network; opened when it is first asked for.</summary>
    public Model Model => _model ??= Model.OpenRun(Run.Path, null, null, []);

    /// <summary>Where sections put the images that they show.</summary>
    public Thumbnails Thumbnails { get; }

    /// <summary>The name of a class.</summary>
    public string ClassName(int label) => Dataset.ClassNames[label];

    /// <inheritdoc/>
    public void Dispose() => _model?.Dispose();

    /// <summary>Scores of before beside features of now would explain errors that are not there.</summary>
    /// <param name="origin">What a file came from; null in old ones.</param>
    /// <param name="file">The file.</param>
    /// <param name="command">What writes it.</param>
    public void RequireCurrent(Origin? origin, string file, string command) =>
        origin?.RequireCurrent(Run, file, $"run {Mention.Operation(command, ("run", Run.Path))} again");

    private ReportFacts ReadFacts()
    {
        var config = ConfigFile.Load(Run.Config);
        return new()
        {
            Dataset = Dataset.Name,
            TrainCount = Dataset.Training.Count,
            TestCount = Dataset.Test.Count,
            TrainClassCount = Dataset.TrainingClassCount,
            TestClassCount = Dataset.ClassNames.Count - Dataset.TrainingClassCount,
            Backbone = config["backbone"]?["name"]?.Text ?? "",
            Loss = config["loss"]?["name"]?.Text ?? "",
            Estimator = Influence?.Estimator ?? "",
            EstimatorSettings = [.. Influence?.Settings.Select(s => new NamedText(s.Key, s.Value)) ?? []],
            EstimatorCost = Influence?.Cost is { } cost ? Cost(cost) : [],
            Seed = _facts.Seed,
            Device = _facts.Device,
            Threads = _facts.Threads,
            Precision = Influence?.Precision ?? "float32",
            Duration = TimeSpan.FromSeconds(_facts.Seconds),
            Versions = [.. _facts.Versions.Select(v => new NamedText(v.Key, v.Value))],
        };
    }

    private static NamedText[] Cost(InfluenceCost cost) =>
    [
        new("time for the targets", $"{Figures.Short(cost.SolveSeconds)} s"),
        new("time for the training samples", $"{Figures.Short(cost.ScoreSeconds)} s"),
        new("peak memory", $"{Figures.Count(cost.PeakMemoryBytes / 1_000_000)} MB"),
    ];
}
