using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Numerics;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment mislabel.</summary>
[Options]
internal sealed record MislabelOptions
{
    /// <summary>Estimators that are compared; their scores must have a sign.</summary>
    public IReadOnlyList<string> Estimators { get; init; } = ["eif", "if", "tracin"];

    /// <summary>Confusion groups whose harm is averaged.</summary>
    [Range(1, 1000000)]
    public int SuspicionGroups { get; init; } = 10;

    /// <summary>Decides the resampling.</summary>
    [Range(0, 1000000000)]
    public int Seed { get; init; }
}

/// <summary>How soon each detector finds the mislabelled samples of noisy runs (Liu et al., NeurIPS 2022, section on mislabelled data).</summary>
internal sealed class MislabelExperiment()
    : Experiment<MislabelOptions>(
        "mislabel", "Measures how soon each detector finds the mislabelled samples of runs with known noise.", MislabelOptionsBinder.Schema,
        MislabelOptionsBinder.Bind, MislabelOptionsBinder.ToJson)
{
    private const int CurvePoints = 100;
    private const double End = 0.1;
    private const string RankedBy = "eif";

    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, MislabelOptions options)
    {
        foreach (var run in context.Runs) RequireNoise(run);
        var detectors = new Detectors(context, options.Estimators, options.SuspicionGroups);
        var done = 0;
        var curves = new List<(ExperimentRun Run, string Detector, DetectionCurve Curve)>();
        foreach (var run in context.Runs)
        {
            foreach (var detector in detectors.Names)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                if (detectors.Scores(run, detector) is { } found) curves.Add((run, detector, MislabelDetection.Curve(found, run.Dataset.Mislabelled)));
                context.Progress.Report(new("detectors", ++done, context.Runs.Count * detectors.Names.Count, $"{detector} on {run.Name}"));
            }
        }

        var losses = context.Runs.Select(r => r.Loss).Distinct().ToList();
        var rows = (from c in curves
                    group c.Curve by (c.Run.Loss, c.Detector) into g
                    orderby losses.IndexOf(g.Key.Loss), g.Average(c => c.Area) descending
                    select (g.Key.Loss, g.Key.Detector, Curves: g.ToList())).ToList();
        return new(
            Name, "Finding mislabelled training samples", Sentences(rows, losses), [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(
                ("groups of an estimator's suspicion", $"{options.SuspicionGroups}"), ("settings of estimators", context.ShownSettings),
                ("neighbours' votes", "exp(-distance), k = lower median of the class sizes"), ("interval", "bootstrap over runs, 95 %")),
            [
                new("mislabel", "Share of the mislabelled found, mean over runs",
                    ["loss", "detector", "runs", "area", "area from", "area to", "at 5 %", "at 10 %", "at 20 %", "at 20 % from", "at 20 % to"],
                    [.. rows.Select(r => Row(r.Loss, r.Detector, r.Curves, options.Seed))]),
                Ends(context, detectors),
                new("mislabel-runs", "Each run", ["run", "loss", "seed", "detector", "mislabelled", "area", "at 5 %", "at 10 %", "at 20 %"],
                    [.. curves.Select(c => (IReadOnlyList<ResultCell>)[c.Run.Name, c.Run.Loss, (int)c.Run.Seed, c.Detector, c.Curve.Wanted,
                        ResultCell.Of(c.Curve.Area), .. Recalls(c.Curve).Select(x => ResultCell.Share(x))])]),
            ],
            [.. losses.Select(loss =>
                new ResultFigure($"mislabel-{loss}", $"Mislabelled found, {loss}", "share of training samples checked", "share of the mislabelled found")
                {
                    Lines = [.. detectors.Names.SelectMany(name => rows.Where(r => r.Loss == loss && r.Detector == name))
                        .Select(r => new FigureLine(r.Detector, MeanCurve(r.Curves)))],
                })]);
    }

    public static void RequireNoise(ExperimentRun run)
    {
        if (run.Dataset.Mislabelled.Count == 0)
        {
            throw new DmlException(
                null, "a run with known label noise", $"none in {run.Folder.Path}",
                $"train one with {Mention.Option("noise.share", "0.1")}, or rank this run's labels with "
                    + $"{Mention.Operation("mislabel", ("run", run.Folder.Path))}");
        }
    }

    private static IReadOnlyList<string> Sentences(IReadOnlyList<(string Loss, string Detector, List<DetectionCurve> Curves)> rows, List<string> losses) =>
    [
        "Training samples are checked from the most to the least suspicious; a random order has area 0.5.",
        "The area of a perfect ranking is 1 less half the share of the mislabelled; its share of that is (area - half) / (1 - 2 half).",
        .. losses.Select(loss => rows.Where(r => r.Loss == loss).MaxBy(r => r.Curves.Average(c => c.RecallAt(0.2))) is var best
            ? FormattableString.Invariant($"{loss}: {best.Detector} finds most in the first 20 % checked, {best.Curves.Average(c => c.RecallAt(0.2)):P1}.")
            : ""),
    ];

    private static IReadOnlyList<ResultCell> Row(string loss, string detector, List<DetectionCurve> curves, int seed)
    {
        var area = BootstrapInterval.Of([.. curves.Select(c => c.Area)], seed);
        var recall = BootstrapInterval.Of([.. curves.Select(c => c.RecallAt(0.2))], seed);
        var several = curves.Count > 1;
        return
        [
            loss, detector, curves.Count, ResultCell.Of(area.Mean), ResultCell.Of(several ? area.Low : null), ResultCell.Of(several ? area.High : null),
            ResultCell.Share(curves.Average(c => c.RecallAt(0.05))), ResultCell.Share(curves.Average(c => c.RecallAt(0.1))), ResultCell.Share(recall.Mean),
            ResultCell.Share(several ? recall.Low : null), ResultCell.Share(several ? recall.High : null),
        ];
    }

    private static double[] Recalls(DetectionCurve curve) => [curve.RecallAt(0.05), curve.RecallAt(0.1), curve.RecallAt(0.2)];

    private static double[][] MeanCurve(List<DetectionCurve> curves) =>
        [.. Enumerable.Range(0, CurvePoints + 1).Select(i => new[] { i / (double)CurvePoints, curves.Average(c => c.RecallAt(i / (double)CurvePoints)) })];

    /// <summary>
    /// Mislabelled samples stand at both ends of the ranking: at the harmful end those that the model learned, at the helpful end those that
    /// it ignored, whose neighbours still carry the original class.
    /// </summary>
    private static ResultTable Ends(ExperimentContext context, Detectors detectors)
    {
        var rows = new List<IReadOnlyList<ResultCell>>();
        foreach (var run in context.Runs.Where(_ => detectors.Names.Contains(RankedBy)))
        {
            var scores = detectors.Scores(run, RankedBy)!;
            using var model = context.OpenModel(run);
            var votes = Detectors.Votes(model);
            int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i])];
            var size = (int)(End * order.Length);
            foreach (var (end, samples) in new[] { ("harmful", order[..size]), ("middle", order[size..^size]), ("helpful", order[^size..]) })
            {
                int[] wrong = [.. samples.Where(i => run.Dataset.Training[i].TrueLabel is not null)];
                rows.Add([
                    run.Name, end, samples.Length, wrong.Length, ResultCell.Share(wrong.Length / (double)samples.Length),
                    ResultCell.Share(wrong.Length == 0 ? null : wrong.Average(i => votes.Share(i, run.Dataset.Training[i].TrueLabel!.Value))),
                    ResultCell.Share(wrong.Length == 0 ? null : wrong.Average(i => votes.Share(i, run.Dataset.Training[i].Label)))]);
            }
        }

        return new("mislabel-ends", "Where mislabelled samples stand in the ranking by eif (ends of 10 %), and how their neighbours vote",
            ["run", "part", "samples", "mislabelled", "share mislabelled", "votes for the original class", "votes for the wrong label"], rows);
    }
}
