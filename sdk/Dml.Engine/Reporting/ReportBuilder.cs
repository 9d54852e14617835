using System.Globalization;
using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Numerics;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>Gathers what a run folder holds into the report; a part that was not computed is left out.</summary>
internal sealed class ReportBuilder
{
    private const int ConfusionsShown = 20;
    private const int PairsShown = 8;
    private const int SamplesShown = 10;
    private const int HistogramBins = 40;

    /// <summary>Names of figures that the report explains.</summary>
    public const string MapAtR = "MAP@R";
    public const string Nmi = "NMI";

    private readonly RunFolder _run;
    private readonly DatasetRecord _dataset;
    private readonly Thumbnails _thumbnails;
    private IReadOnlyList<(double[] Harm, int[] Ranks)> _explained = [];

    private ReportBuilder(RunFolder run)
    {
        (_run, _dataset, _thumbnails) = (run, DatasetRecord.Read(run), new(run.Path));
    }

    /// <summary>Writes report.html of a run.</summary>
    /// <param name="run">The run.</param>
    public static void Write(RunFolder run) => AtomicFile.WriteText(run.Report, HtmlReport.Render(new ReportBuilder(run).Build()));

    private ReportModel Build()
    {
        var metrics = RunMetrics.TryRead(_run.Metrics);
        var influence = InfluenceRecord.TryRead(_run.Path);
        influence?.RequireFit(_run.Path, _dataset.Training.Count, _dataset.Test.Count);
        var facts = RunFacts.Read(_run);
        if (influence is { Signed: true }) _explained = [.. influence.Harm.Take(Math.Min(ConfusionsShown, influence.Targets.Count)).Select(harm => (harm, Ranks(harm)))];
        ExplainedConfusion[] confusions = [.. _explained.Select((e, row) => Explain(influence!.Targets[row], e.Harm))];
        using var model = Model.OpenRun(_run.Path, null, null, []);
        var worst = model.Features.TestCount > 1 ? new WorstClasses(model, _dataset) : null;
        return new()
        {
            Title = Path.GetFileName(_run.Path),
            Facts = Facts(facts, influence),
            Retrieval = metrics is null ? [] : Retrieval(metrics),
            Classes = [.. metrics?.Classes.Select(c => new ReportClass(c.Name, c.Items, c.Wrong, c.MapAtR, c.ConfusedName, c.ConfusedCount)) ?? []],
            Matrix = worst?.Matrix(),
            Map = worst?.Map(),
            Training = [.. metrics?.Epochs.Select(e => new TrainingEpoch(e.Epoch, e.Loss)) ?? []],
            Confusions = confusions,
            Mislabels = MislabelRecord.TryRead(_run.Mislabel) is { Detection: not null } mislabel ? Mislabels(mislabel) : null,
            Experiments = ExperimentFiles.Read(_run.Path),
            Warnings = [.. facts.Warnings, .. Notes(influence)],
            SettingsJson = InputFile.ReadText(_run.Config),
            Images = _thumbnails.Images,
        };
    }

    private static IEnumerable<string> Notes(InfluenceRecord? influence)
    {
        if (influence?.LossNote is { } note) yield return note;
        if (influence is { Signed: false }) yield return $"The scores of {influence.Estimator} are relevance without a sign, so no causes are shown; they are in top.csv.";
    }

    private static RetrievalTable[] Retrieval(RunMetrics metrics)
    {
        List<NamedText> others = [];
        if (metrics.MapAtR is { } mapAtR) others.Add(new(MapAtR, Figures.Percent(mapAtR)));
        if (metrics.Nmi is { } nmi) others.Add(new(Nmi, Figures.Fixed(nmi, 4)));
        RecallAt[] recall = [.. metrics.Recall.Select(r => new RecallAt(int.Parse(r.Key, CultureInfo.InvariantCulture), r.Value))];
        var main = new RetrievalTable("evaluation view", recall, metrics.WrongItems, metrics.TestItems) { Others = others };
        return metrics.InfluenceView is { } influence ? [main, new("influence view", [new(1, influence.RecallAt1)], influence.WrongItems, metrics.TestItems)] : [main];
    }

    private ReportFacts Facts(RunFacts facts, InfluenceRecord? influence)
    {
        var config = ConfigFile.Load(_run.Config);
        return new()
        {
            Dataset = _dataset.Name,
            TrainCount = _dataset.Training.Count,
            TestCount = _dataset.Test.Count,
            TrainClassCount = _dataset.TrainingClassCount,
            TestClassCount = _dataset.ClassNames.Count - _dataset.TrainingClassCount,
            Backbone = config["backbone"]?["name"]?.Text ?? "",
            Loss = config["loss"]?["name"]?.Text ?? "",
            Estimator = influence?.Estimator ?? "",
            EstimatorSettings = [.. influence?.Settings.Select(s => new NamedText(s.Key, s.Value)) ?? []],
            EstimatorCost = influence?.Cost is { } cost ? Cost(cost) : [],
            Seed = facts.Seed,
            Device = facts.Device,
            Threads = facts.Threads,
            Precision = influence?.Precision ?? "float32",
            Duration = TimeSpan.FromSeconds(facts.Seconds),
            Versions = [.. facts.Versions.Select(v => new NamedText(v.Key, v.Value))],
        };
    }

    private static NamedText[] Cost(InfluenceCost cost) =>
    [
        new("time for the targets", $"{Figures.Short(cost.SolveSeconds)} s"),
        new("time for the training samples", $"{Figures.Short(cost.ScoreSeconds)} s"),
        new("peak memory", $"{Figures.Count(cost.PeakMemoryBytes / 1_000_000)} MB"),
    ];

    private ExplainedConfusion Explain(TargetExplanation target, double[] harm) => new()
    {
        Name = Title(target.Confusion),
        Kind = target.Confusion.Kind,
        Distance = target.Distance,
        Path = target.Path,
        Solver = target.Solver,
        Directions = target.Directions,
        Pairs = [.. target.Confusion.Pairs.Take(PairsShown).Select(p => new ReportPair(TestItem(p.Anchor), TestItem(p.Neighbour)))],
        PairCount = target.Confusion.Pairs.Count,
        Harmful = [.. ScoreRanking.MostHarmful(harm, SamplesShown).Select(i => Sample(i, harm[i]))],
        Helpful = [.. ScoreRanking.MostHelpful(harm, SamplesShown).Select(i => Sample(i, harm[i]))],
        Histogram = Histogram(harm),
    };

    private string Title(Confusion confusion)
    {
        if (confusion.Kind == ConfusionKind.Pair) return confusion.Name;
        var confused = confusion.Pairs.Select(p => _dataset.Test[p.Neighbour].Label).Distinct().Select(ClassName);
        return $"{confusion.Name}: {ClassName(_dataset.Test[confusion.Pairs[0].Anchor].Label)} taken for {string.Join(", ", confused)}";
    }

    private ReportItem TestItem(int index) => new(_dataset.Test[index].Id, ClassName(_dataset.Test[index].Label), _thumbnails.Add(_dataset.Test[index].File));

    private InfluentialSample Sample(int index, double harm)
    {
        var sample = _dataset.Training[index];
        return new(sample.Id, ClassName(sample.Label), sample.TrueLabel is { } label ? ClassName(label) : null, harm, _thumbnails.Add(sample.File))
        {
            Standings = [.. _explained.Select(e => new SampleStanding(e.Harm[index], e.Ranks[index]))],
        };
    }

    /// <summary>The place of each sample in the order of harm; equal ones by index.</summary>
    private static int[] Ranks(double[] harm)
    {
        var ranks = new int[harm.Length];
        foreach (var (place, index) in Enumerable.Range(0, harm.Length).OrderByDescending(i => harm[i]).Index()) ranks[index] = place + 1;
        return ranks;
    }

    private string ClassName(int label) => _dataset.ClassNames[label];

    /// <summary>Bins of equal width with an edge at 0.</summary>
    private static HarmHistogram? Histogram(double[] harm)
    {
        var width = (harm.Max() - harm.Min()) / HistogramBins;
        if (!(width > 0)) return null;
        var (first, last) = ((int)Math.Floor(harm.Min() / width), (int)Math.Floor(harm.Max() / width));
        var counts = new long[last - first + 1];
        foreach (var value in harm) counts[Math.Clamp((int)Math.Floor(value / width) - first, 0, counts.Length - 1)]++;
        return new([.. Enumerable.Range(first, counts.Length + 1).Select(i => i * width)], counts);
    }

    private static MislabelSummary Mislabels(MislabelRecord record)
    {
        var curve = DetectionCurve.Make([.. record.Ranking.Select(r => r.Score)], [.. record.Ranking.Select(r => r.Mislabelled)]);
        var detection = record.Detection!;
        return new()
        {
            Method = record.Aggregate switch
            {
                "scorer" => $"the score of {record.Estimator}",
                "top1" => $"harm on the worst confusion group by {record.Estimator}",
                _ => $"mean of harm / ||harm|| over {record.Groups} confusion groups by {record.Estimator}",
            },
            NoisyCount = curve.Wanted,
            SampleCount = curve.Count,
            Curve = [.. curve.Found.Select((found, i) => new CurvePoint((double)i / curve.Count, (double)found / curve.Wanted))],
            Area = curve.Area,
            RandomArea = detection.RandomArea,
            RandomAreaDeviation = detection.RandomAreaDeviation,
            Recall = [new(0.05, detection.RecallAt5), new(0.1, detection.RecallAt10), new(0.2, detection.RecallAt20)],
        };
    }
}
