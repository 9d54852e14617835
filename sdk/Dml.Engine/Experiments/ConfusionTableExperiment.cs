using System.Globalization;
using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment confusion-table.</summary>
[Options]
internal sealed record ConfusionTableOptions
{
    /// <summary>Estimators that are compared; their scores must have a sign.</summary>
    public IReadOnlyList<string> Estimators { get; init; } = ["eif", "if", "tracin"];

    /// <summary>The first so many wrong test items are explained, each with its neighbour.</summary>
    [Range(0, 1000000)]
    public int Pairs { get; init; } = 100;

    /// <summary>So many of the worst classes are explained as groups.</summary>
    [Range(0, 1000000)]
    public int Groups { get; init; } = 30;

    /// <summary>What the head is retrained on.</summary>
    public ExperimentViews Augment { get; init; } = ExperimentViews.None;

    /// <summary>Decides batches, coins and resampling.</summary>
    [Range(0, 1000000000)]
    public int Seed { get; init; }
}

/// <summary>
/// Are the estimators right about help and harm (Liu et al., NeurIPS 2022, table 1)? For each confusion the head is retrained for an epoch on
/// cached features with the helpful samples weighted 2 and the harmful ones 0; an estimator that is right moves the confused items apart.
/// All retrainings of a run see the same batches, so that differences are the estimators'; one with all weights 1 is the yardstick.
/// </summary>
internal sealed class ConfusionTableExperiment()
    : Experiment<ConfusionTableOptions>(
        "confusion-table", "Retrains the head by what each estimator says and measures whether the confused items move apart.",
        ConfusionTableOptionsBinder.Schema, ConfusionTableOptionsBinder.Bind, ConfusionTableOptionsBinder.ToJson)
{
    /// <summary>Chance: every sample is helpful or harmful by a coin.</summary>
    private const string Coins = "random signs";

    private const string Unweighted = "unweighted";

    /// <summary>Separates the coins from other draws of the seed.</summary>
    private const long CoinStream = -6;

    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, ConfusionTableOptions options)
    {
        string[] estimators = [.. context.Estimators(options.Estimators), Coins];
        var measured = context.Runs.SelectMany(run => Measure(context, options, run, estimators)).ToList();
        var comparisons = new List<IReadOnlyList<ResultCell>>();
        var rows = new List<IReadOnlyList<ResultCell>>();
        var figures = new List<ResultFigure>();
        foreach (var group in measured.GroupBy(m => (m.Loss, m.Kind)))
        {
            string[] names = [.. estimators, Unweighted];
            rows.AddRange(names.Select(name => Row(group.Key.Loss, group.Key.Kind, name, [.. group], options.Seed)));
            figures.Add(new(
                $"confusion-table-{group.Key.Loss}-{group.Key.Kind}", $"Change of d, {group.Count()} {group.Key.Kind}, {group.Key.Loss}",
                "mean change of d with its 95 % interval; above 0 the confused items moved apart", "")
            {
                Bars = [.. names.Select(name => (Name: name, Interval: BootstrapInterval.Of([.. group.Select(m => m.Change(name))], options.Seed)))
                    .Select(b => new FigureBar(b.Name, b.Interval.Mean, b.Interval.Low, b.Interval.High))],
            });
            var pairsOfNames = Enumerable.Range(0, names.Length).SelectMany(i => names[(i + 1)..].Select(second => (First: names[i], Second: second)));
            comparisons.AddRange(pairsOfNames.Select(p => Comparison(group.Key.Loss, group.Key.Kind, p.First, p.Second, [.. group], options.Seed)));
        }

        return new(
            Name, "Does what an estimator says move the confusion?",
            ["The change of d after an epoch of retraining the head with the helpful samples weighted 2 and the harmful ones 0; "
                + "above 0 the confused items moved apart.",
                "The confusions of a run share a model and its training data, so intervals and p-values describe these runs, not training at large."],
            [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(
                ("pairs", $"{options.Pairs}"), ("groups", $"{options.Groups}"), ("settings of estimators", context.ShownSettings),
                ("augment", options.Augment == ExperimentViews.None
                    ? "none: cached features"
                    : "published: features of augmented images, the backbone in evaluation mode"),
                ("optimiser", "Adam 4e-5, one epoch, class-balanced batches of the run's size"), ("batch seed", $"{options.Seed}"),
                ("interval", "bootstrap over confusions, 95 %"), ("test", "Wilcoxon signed rank, two-sided")),
            [
                new(
                    "confusion-table", "Change of d by estimator",
                    ["loss", "confusions", "weights by", "number", "mean d before", "mean change", "from", "to", "moved apart", "further than unweighted",
                        "p (change is 0)"],
                    rows),
                new("confusion-comparison", "Estimators side by side, paired by confusion",
                    ["loss", "confusions", "first", "second", "mean difference", "from", "to", "first is further", "p"], comparisons),
                new("confusion-each", "Each confusion", ["run", "confusion", "kind", "weights by", "d before", "d after"],
                    [.. measured.SelectMany(m => m.After.Select(
                        a => (IReadOnlyList<ResultCell>)[m.Run, m.Target, m.Kind, a.Key, ResultCell.Short(m.Before), ResultCell.Short(a.Value)]))]),
            ],
            figures);
    }

    private static IEnumerable<Measured> Measure(ExperimentContext context, ConfusionTableOptions options, ExperimentRun run, IReadOnlyList<string> estimators)
    {
        using var model = context.OpenModel(run);
        if (options is { Pairs: 0, Groups: 0 }) throw new DmlException("experiment.pairs", "pairs or groups to explain", "0 of both", "raise one");
        var wrong = options.Pairs > 0 ? WrongPairs.First(options.Pairs) : WrongPairs.None;
        var targets = new TargetSelection { WrongPairs = wrong, Groups = options.Groups }.Choose(model.TestLabels, model.Neighbours);
        var retraining = new HeadRetraining(Options(run));
        using var features = options.Augment == ExperimentViews.Published ? Augmented(context, run, options.Seed) : null;
        var after = estimators.ToDictionary(
            name => name, name => After(context, options.Seed, run, model, targets, retraining, features, name), StringComparer.Ordinal);
        var plain = context.Units.Get($"{run.Folder.Path} {Unweighted}", () =>
        {
            using var session = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken);
            double[] weights = [.. Enumerable.Repeat(1.0, model.Features.TrainCount)];
            using var head = retraining.Run(With(session.Context, features), weights, options.Seed, Silent.Instance, context.CancellationToken);
            return [.. Distances(session.Context, session.Context.HeadWeight, targets), .. Distances(session.Context, head, targets)];
        });
        return targets.Select((t, i) => new Measured(
            run.Name, run.Loss, t.Name, t.Kind == ConfusionKind.Pair ? "pairs" : "groups", plain[i],
            [.. estimators.Select(e => KeyValuePair.Create(e, after[e][i])), KeyValuePair.Create(Unweighted, plain[targets.Count + i])])).ToList();
    }

    /// <summary>d of every target after retraining with the weights that the estimator gives it.</summary>
    private static double[] After(
        ExperimentContext context, int seed, ExperimentRun run, Model model, IReadOnlyList<Confusion> targets, HeadRetraining retraining, Tensor? features,
        string estimator)
    {
        var harm = estimator == Coins ? Flip(targets.Count * model.Features.TrainCount, seed) : context.Units.Get($"{run.Folder.Path} {estimator} harm", () =>
            [.. context.Harm(model, estimator, targets).SelectMany(h => h)]);
        using var opened = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken);
        var count = model.Features.TrainCount;
        return [.. targets.Select((target, t) =>
        {
            context.Progress.Report(new($"retrain the head, {estimator} on {run.Name}", t + 1, targets.Count));
            return context.Units.Get($"{run.Folder.Path} {estimator} {t} {target.Name}", () =>
            {
                var own = harm.AsSpan(t * count, count).ToArray();
                var weights = retraining.SampleWeights(count, ScoreRanking.MostHelpful(own, count), ScoreRanking.MostHarmful(own, count));
                using var head = retraining.Run(With(opened.Context, features), weights, seed, Silent.Instance, context.CancellationToken);
                return Distances(opened.Context, head, [target]);
            })[0];
        })];
    }

    /// <summary>Features as training saw them in an epoch; null where it saw the cached ones, because the backbone stood still or there is none.</summary>
    private static Tensor? Augmented(ExperimentContext context, ExperimentRun run, int seed)
    {
        if (TrainedOnFeatures(run)) return null;
        using var network = context.OpenTrainingViews(run, [.. Enumerable.Range(0, run.Dataset.Training.Count)]);
        return network.AugmentedFeatures(seed, context.Progress, context.CancellationToken);
    }

    private static bool TrainedOnFeatures(ExperimentRun run)
    {
        var root = ConfigFile.Load(run.Folder.Config);
        return FittingRun.Is(root) || root[HostSections.Training]?["mode"]?.Text == "frozen";
    }

    private static InfluenceContext With(InfluenceContext context, Tensor? features) => features is null ? context : context with { TrainFeatures = features };

    private static double[] Flip(int count, int seed)
    {
        var random = new CounterRandom(seed, CoinStream, 0);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextBelow(2) == 0 ? -1.0 : 1.0)];
    }

    private static double[] Distances(InfluenceContext context, Tensor head, IReadOnlyList<Confusion> targets) =>
        [.. ConfusionDistance.Of(targets, context.TestFeatures, head, context.HeadBias).Select(d => d.Evaluate(d.Embeddings))];

    /// <summary>The published numbers, in batches of the run's own size.</summary>
    public static HeadRetrainingOptions Options(ExperimentRun run)
    {
        var training = ConfigFile.Load(run.Folder.Config)[HostSections.Training];
        return new() { BatchClasses = Size("batchClasses"), BatchImages = Size("batchImages") };

        int Size(string key) => int.Parse(training![key]!.Text, CultureInfo.InvariantCulture);
    }

    private static IReadOnlyList<ResultCell> Row(string loss, string kind, string name, Measured[] measured, int seed)
    {
        double[] changes = [.. measured.Select(m => m.Change(name))];
        var interval = BootstrapInterval.Of(changes, seed);
        return
        [
            loss, kind, name, measured.Length, ResultCell.Short(measured.Average(m => m.Before)), ResultCell.Short(interval.Mean),
            ResultCell.Short(interval.Low), ResultCell.Short(interval.High),
            ResultCell.Share(changes.Count(c => c > 0) / (double)changes.Length),
            ResultCell.Share(name == Unweighted ? null : measured.Count(m => m.Change(name) > m.Change(Unweighted)) / (double)measured.Length),
            ResultCell.Short(SignedRankTest.Of(changes).PValue),
        ];
    }

    private static IReadOnlyList<ResultCell> Comparison(string loss, string kind, string first, string second, Measured[] measured, int seed)
    {
        double[] differences = [.. measured.Select(m => m.Change(first) - m.Change(second))];
        var interval = BootstrapInterval.Of(differences, seed);
        return
        [
            loss, kind, first, second, ResultCell.Short(interval.Mean), ResultCell.Short(interval.Low), ResultCell.Short(interval.High),
            ResultCell.Share(differences.Count(d => d > 0) / (double)differences.Length), ResultCell.Short(SignedRankTest.Of(differences).PValue),
        ];
    }

    /// <summary>One confusion of one run: d before, and after retraining with the weights of each estimator.</summary>
    private sealed record Measured(string Run, string Loss, string Target, string Kind, double Before, IReadOnlyList<KeyValuePair<string, double>> After)
    {
        public double Change(string name) => After.First(a => a.Key == name).Value - Before;
    }

    /// <summary>A retraining takes a moment; what is told of is the confusions.</summary>
    internal sealed class Silent : IProgress<ProgressReport>
    {
        public static readonly Silent Instance = new();

        public void Report(ProgressReport value)
        {
        }
    }
}
