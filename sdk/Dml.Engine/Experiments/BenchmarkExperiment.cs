using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Engine.Sessions;
using Dml.Engine.Verification;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment benchmark.</summary>
[Options]
internal sealed record BenchmarkOptions
{
    /// <summary>Estimators that are compared, each perhaps with an option as in if.solver=ekfac.</summary>
    public IReadOnlyList<string> Estimators { get; init; } =
        ["eif", "tracin", "replay", "if", "if.solver=ekfac", "if.solver=datainf", "if.solver=arnoldi", "if.solver=logra", "trak", "random"];

    /// <summary>Confusion groups that are explained.</summary>
    [Range(1, 1000000)]
    public int ExplainedGroups { get; init; } = 10;

    /// <summary>Random subsets of the training data, at least 8.</summary>
    [Range(1, 10000)]
    public int Subsets { get; init; } = 64;

    /// <summary>Share of the training samples that each subset leaves out.</summary>
    [Range(0, 1)]
    public double LeaveOut { get; init; } = 0.5;

    /// <summary>Updates of a retraining.</summary>
    [Range(1, 1000000)]
    public int Steps { get; init; } = 50;

    /// <summary>Step size of a retraining.</summary>
    [Range(1e-12, 10)]
    public double LearningRate { get; init; } = 0.001;

    /// <summary>sgd, adam or adamW: how a retraining steps.</summary>
    public HeadOptimizer Optimizer { get; init; } = HeadOptimizer.Sgd;

    /// <summary>What Adam adds to the root that it divides by; null for 1e-8.</summary>
    [Range(1e-12, 1)]
    public double? AdamEpsilon { get; init; }

    /// <summary>Whether a retraining begins with a head drawn anew instead of the run's.</summary>
    public bool FromScratch { get; init; }

    /// <summary>Whether the proxies are retrained too.</summary>
    public bool MovesProxies { get; init; }

    /// <summary>Orders of batches: every retraining is done in each, and what is compared is the mean of d.</summary>
    [Range(1, 1000)]
    public int Orders { get; init; } = 1;

    /// <summary>Single samples that are left out one at a time, at least 8 and at most all; 0 for none.</summary>
    [Range(0, 1000000)]
    public int LeaveOneOut { get; init; } = 64;

    /// <summary>How many of the most harmful samples of an error are dropped together, fewer than there are; 0 for none.</summary>
    [Range(0, 1000000)]
    public int Dropped { get; init; } = 20;

    /// <summary>Decides subsets, batches and resampling.</summary>
    [Range(0, 1000000000)]
    public int Seed { get; init; }
}

/// <summary>Estimators on runs of any datasets and losses: against real retraining as <c>dml verify</c> does it, and at finding wrong labels.</summary>
internal sealed class BenchmarkExperiment()
    : Experiment<BenchmarkOptions>(
        "benchmark", "Compares estimators over runs of several datasets and losses: against real retraining, at finding wrong labels, and by their cost.",
        BenchmarkOptionsBinder.Schema, BenchmarkOptionsBinder.Bind, BenchmarkOptionsBinder.ToJson)
{
    /// <summary>In place of a number that there is none of: no score, share or time is as low.</summary>
    private const double Missing = -10;

    /// <summary>Numbers of a row within a finished piece.</summary>
    private const int Width = 9;

    /// <inheritdoc/>
    public override bool TakesSeveralDatasets => true;

    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, BenchmarkOptions options)
    {
        string[] names = [.. options.Estimators.Distinct()];
        if (names.Length == 0) throw new DmlException("experiment.estimators: expected at least one name, found none.");
        foreach (var name in names)
        {
            context.RequireEstimator("experiment.estimators", EstimatorVariant.Plugin(name));
            EstimatorVariant.Require("experiment.estimators", name);
        }

        string[] shown = [.. names, Verifier.Ceiling, Brittleness.AtRandom];
        var rows = new List<(ExperimentRun Run, string Estimator, double?[] Values)>();
        foreach (var run in context.Runs)
        {
            var found = context.Units.Get(run.Folder.Path, () => Measure(context, options, run, names));
            rows.AddRange(shown.Select((name, i) => (run, name, Row(found, i))).Where(r => r.Item3.Any(v => v is not null)));
            context.Progress.Report(new("runs", context.Runs.ToList().IndexOf(run) + 1, context.Runs.Count));
        }

        return new(
            Name, "Estimators compared", Sentences(context, rows), [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(
                ("groups", $"{options.ExplainedGroups}"), ("subsets", $"{options.Subsets}, each without {Figures.Percent(options.LeaveOut)}"),
                ("retraining", FormattableString.Invariant($"{options.Steps} steps of {options.LearningRate:G4} ({options.Optimizer})")
                    + (options.AdamEpsilon is { } epsilon ? FormattableString.Invariant($", epsilon {epsilon:G4}") : "")
                    + (options.FromScratch ? ", from scratch" : "") + (options.MovesProxies ? ", proxies too" : "")
                    + (options.Orders > 1 ? $", {Figures.Count(options.Orders, "order")} of batches" : "")),
                ("single samples left out", $"{options.LeaveOneOut}"), ("most harmful samples dropped", $"{options.Dropped}"),
                ("settings of estimators", context.ShownSettings)),
            [
                new("benchmark", "Each run and estimator",
                    ["run", "dataset", "loss", "estimator", "LDS", "LDS from", "LDS to", "leave-one-out", "from", "to", "errors cured",
                        "area of mislabelled", "seconds"],
                    [.. rows.Select(r => (IReadOnlyList<ResultCell>)[
                        r.Run.Name, r.Run.Dataset.Name, r.Run.Loss, r.Estimator, .. r.Values[..6].Select(ResultCell.Of), ResultCell.Share(r.Values[6]),
                        ResultCell.Of(r.Values[7]), ResultCell.Short(r.Values[8])])]),
                new("benchmark-means", "Means over runs",
                    ["estimator", "runs", "LDS", "leave-one-out", "errors cured", "area of mislabelled", "seconds"],
                    [.. rows.GroupBy(r => r.Estimator).OrderByDescending(g => g.Average(r => r.Values[0])).Select(g => (IReadOnlyList<ResultCell>)[
                        g.Key, g.Count(), ResultCell.Of(Mean(g, 0)), ResultCell.Of(Mean(g, 3)), ResultCell.Share(Mean(g, 6)), ResultCell.Of(Mean(g, 7)),
                        ResultCell.Short(Mean(g, 8))])]),
            ],
            [.. context.Runs.Select(run => new ResultFigure($"benchmark-{run.Name}", $"Linear datamodeling score, {run.Name}", "score", "")
            {
                Bars = [.. rows.Where(r => r.Run == run && r.Values[0] is not null).Select(r => new FigureBar(r.Estimator, r.Values[0]!.Value))],
            })]);

        static double? Mean(IEnumerable<(ExperimentRun Run, string Estimator, double?[] Values)> rows, int column) => rows.Average(r => r.Values[column]);
    }

    private static IReadOnlyList<string> Sentences(
        ExperimentContext context, IReadOnlyList<(ExperimentRun Run, string Estimator, double?[] Values)> rows) =>
    [
        "LDS is Spearman's correlation over subsets between the predicted and the real change of d, leave-one-out that over single samples; "
            + "errors cured is the share that vanishes without their most harmful samples.",
        .. context.Runs.Select(run => rows.Where(r => r.Run == run && r.Estimator != Verifier.Ceiling).MaxBy(r => r.Values[0]) is { Values: not null } best
            ? $"{run.Name}: {best.Estimator} has the highest LDS, {Figures.Fixed(best.Values[0] ?? 0, 3)}." : $"{run.Name}: no estimator explains its loss."),
    ];

    /// <summary>A row of a piece: LDS and its interval, leave-one-out and its interval, share cured, area of the mislabelled, seconds.</summary>
    private static double?[] Row(double[] piece, int row) =>
        [.. piece.AsSpan(row * Width, Width).ToArray().Select(value => value == Missing ? (double?)null : value)];

    private static double[] Measure(ExperimentContext context, BenchmarkOptions options, ExperimentRun run, IReadOnlyList<string> names)
    {
        using var model = context.OpenModel(run);
        var targets = new TargetSelection { Groups = options.ExplainedGroups }.Choose(model.TestLabels, model.Neighbours);
        var settings = Settings(options, model.Features.TrainCount);
        var rows = Rows(context, model, run, names);
        var piece = Enumerable.Repeat(Missing, Width * (names.Count + 2)).ToArray();
        if (rows.Count == 0) return piece;
        var verifier = new Verifier(model, targets, settings);
        var record = verifier.Run([.. rows.Select(r => (r.Name, EstimatorVariant.Plugin(r.Name), r.Overrides))], context.Progress, context.CancellationToken);
        if (record.Recommendation is { } recommendation) context.Units.Note($"{run.Name}: {recommendation.Text}");
        foreach (var (i, name) in names.Append(Verifier.Ceiling).Append(Brittleness.AtRandom).Index())
        {
            var own = piece.AsSpan(i * Width, Width);
            if (record.Estimators.FirstOrDefault(e => e.Estimator == name) is { } verified)
            {
                (own[0], own[1], own[2]) = (verified.Score, verified.Low, verified.High);
                if (name != Verifier.Ceiling) own[8] = verified.Seconds;
            }

            if (record.LeaveOneOut?.Estimators.FirstOrDefault(e => e.Estimator == name) is { } single)
            {
                (own[3], own[4], own[5]) = (single.Score, single.Low, single.High);
            }

            if (record.Brittleness?.Rows.FirstOrDefault(r => r.Estimator == name) is { } dropped) own[6] = dropped.Cured;
            if (run.Dataset.Mislabelled.Count > 0 && rows.Any(r => r.Name == name && r.IsSigned))
            {
                var harm = verifier.Scores.First(s => s.Name == name).Harm;
                own[7] = MislabelDetection.Curve(MislabelDetection.Suspicion(harm, HarmAggregate.Mean), run.Dataset.Mislabelled).Area;
            }
        }

        return piece;
    }

    private static VerifySettings Settings(BenchmarkOptions options, int samples)
    {
        try
        {
            var settings = new VerifySettings(options.Subsets, options.LeaveOut, options.Steps, options.LearningRate, null, options.Seed)
            {
                Optimizer = options.Optimizer,
                AdamEpsilon = options.AdamEpsilon,
                FromScratch = options.FromScratch,
                MovesProxies = options.MovesProxies,
                Orders = options.Orders,
                LeaveOneOut = Math.Min(options.LeaveOneOut, samples),
            }.Checked();
            if (options.Dropped >= samples)
            {
                throw new DmlException("dropped", $"a number below that of training samples, {samples}", $"{options.Dropped}");
            }

            return options.Dropped == 0 ? settings : settings with { Brittleness = [options.Dropped] };
        }
        catch (DmlException error) when (error.Option is { } option && error.Expected is { } expected && error.Found is { } found)
        {
            throw new DmlException($"{Section}.{option}", expected, found, error.Remedy is { } remedy ? (Wording)remedy : null, inner: error);
        }
    }

    /// <summary>The estimators that explain the run's loss; what the others say is noted. One that no setting could make right is refused.</summary>
    private static List<(string Name, IReadOnlyList<string> Overrides, bool IsSigned)> Rows(
        ExperimentContext context, Model model, ExperimentRun run, IReadOnlyList<string> names)
    {
        var rows = new List<(string Name, IReadOnlyList<string> Overrides, bool IsSigned)>();
        foreach (var name in names)
        {
            var (plugin, overrides) = (EstimatorVariant.Plugin(name), EstimatorVariant.Overrides(name, context.EstimatorSettings));
            model.RequireOptions(plugin, overrides);
            try
            {
                using var session = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken, plugin, overrides, new());
                rows.Add((name, overrides, session.Estimator.IsSigned));
            }
            catch (DmlException refusal)
            {
                context.Units.Note($"{name} is left out on {run.Name}: {refusal.Message}");
            }
        }

        return rows;
    }
}
