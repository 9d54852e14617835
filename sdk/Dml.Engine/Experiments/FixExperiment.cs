using Dml.Engine.Config;
using Dml.Engine.Fixing;
using Dml.Engine.Reporting;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;

namespace Dml.Engine.Experiments;

/// <summary>
/// From errors to better training data: changes are suggested by the labels' audit and by the causes of a third of the errors, a second third of the test
/// items decides how many are kept, and the last one judges what they are worth; then the run's config is trained anew with them.
/// </summary>
internal sealed class FixExperiment()
    : Experiment<FixOptions>(
        "fix", "Which changes of labels and exclusions are worth making, judged by test items that nothing was chosen by.", FixOptionsBinder.Schema,
        FixOptionsBinder.Bind, FixOptionsBinder.ToJson)
{
    public const string Retrained = "retrained";

    private const string EstimatorOption = "experiment.estimator";

    /// <summary>Whether the run's config is trained anew with what is kept, for a figure beside that of the head alone.</summary>
    public bool Retrains { get; init; } = true;

    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, FixOptions options)
    {
        if (context.Runs.Count != 1) throw new DmlException($"Expected one run to fix, found {context.Runs.Count}; fix them one by one.");
        var run = context.Runs[0];
        var result = Fix(context, options, run);
        FixFiles.Write(context.Folder, run.Folder, result.Kept);
        var whole = Retrains && IsOfImages(run) && result.Kept.Count > 0 ? Retrain(context, options, run) : ((double Before, double After)?)null;
        List<ResultTable> tables = [Gains(result, whole), Trials(result), Changes(run, "fix-kept", "Changes that are worth making", result.Kept)];
        if (run.Dataset.Mislabelled.Count > 0) tables.Add(Right(run, result));
        tables.Add(Changes(run, "fix-candidates", "Every change that was considered, in the order in which they are kept", result.Candidates));
        return new(Name, "Fixing the training data", Sentences(result, whole), [run.Folder.Path], Settings(result, options), tables, [Figure(result)]);
    }

    /// <summary>A run of given features has no network to train anew.</summary>
    private static bool IsOfImages(ExperimentRun run) => ConfigFile.Load(run.Folder.Config)["dataset"] is not null;

    private static FixResult Fix(ExperimentContext context, FixOptions options, ExperimentRun run)
    {
        var estimator = context.RequireEstimator(EstimatorOption, options.Estimator);
        using var model = context.OpenModel(run);
        using var views = AugmentedViews.Make(
            run.Folder, run.Dataset, context.Catalog, options, model.Features.HeadWeight.shape[1], context.Progress, context.CancellationToken);
        var trials = new HeadTrials(model, views.Views, options, context.Units.Get, context.CancellationToken);
        return new Fixer(model, options, trials, confusion => context.Harm(model, estimator, [confusion], EstimatorOption)[0], context.Progress)
            .Run(views.Views.Count);
    }

    private static IReadOnlyList<string> Sentences(FixResult result, (double Before, double After)? whole) =>
    [
        result.Sentence,
        .. whole is { } full
            ? [FormattableString.Invariant($"Full retraining with them, once: R@1 of the judging part from {full.Before:P2} to {full.After:P2}; ")
                + "one training differs from the next by as much as a point, so compare several seeds."]
            : Array.Empty<string>(),
    ];

    private static IReadOnlyDictionary<string, string> Settings(FixResult result, FixOptions options) => ExperimentContext.Settings(
        ("explaining part", Part(result.Explaining)), ("choosing part", Part(result.Choosing)), ("judging part", Part(result.Judging)),
        ("causes of errors", options.Estimator), ("least vote", ResultCell.Share(options.LeastVote).Shown),
        ("least gain", FormattableString.Invariant($"{100 * options.LeastGain} points of R@1, and an 80 % interval above 0")),
        ("retraining of the head", FormattableString.Invariant(
            $"from the beginning with the loss's parameters, {options.Epochs} epochs, Adam {options.LearningRate} and {options.ProxyLearningRate}")),
        ("features", result.Views > 0 ? $"{Figures.Count(result.Views, "augmented view")} of each image" : "cached, without augmentation"),
        ("repeats", $"{options.Repeats} to choose, {options.Repeats} others to judge"),
        ("interval", "bootstrap over classes, 95 % of what is judged, 80 % of what is chosen by"),
        ("test", "Wilcoxon signed rank over classes, two-sided"), ("seed", $"{options.Seed}"));

    private static string Part(FixPart part) => FormattableString.Invariant($"{part.Queries} queries of {part.Classes} classes, {part.Wrong} wrong");

    private static ResultTable Gains(FixResult result, (double Before, double After)? whole)
    {
        var rows = new List<IReadOnlyList<ResultCell>>();
        if (result.Judged is { } gain) rows.Add(Row("head, judged", result.Kept.Count, gain));
        if (whole is { } full)
        {
            rows.Add(["all of the network, once, judged", result.Kept.Count, ResultCell.Share(full.Before), ResultCell.Share(full.After),
                ResultCell.Of(100 * (full.After - full.Before)), "", "", ""]);
        }

        if (rows.Count == 0) rows.Add(["nothing is changed", 0, "", "", ResultCell.Of(0), "", "", ""]);
        return new("fix", "What the kept changes are worth", ["retraining", .. GainColumns], rows);
    }

    private static ResultTable Trials(FixResult result) => new(
        "fix-trials", "What the first so many candidates gain on the queries that choose", ["part", .. GainColumns, "queries"],
        [.. result.Trials.Select(t => (IReadOnlyList<ResultCell>)[.. Row("head, choosing", t.Changes, t.Gain), t.Queries])]);

    private static string[] GainColumns => ["changes", "R@1 without", "R@1 with", "gain, points", "from", "to", "p"];

    private static IReadOnlyList<ResultCell> Row(string name, int changes, FixGain gain) =>
    [
        name, changes, ResultCell.Share(gain.Before), ResultCell.Share(gain.After), ResultCell.Of(100 * gain.Mean), ResultCell.Of(100 * gain.Low),
        ResultCell.Of(100 * gain.High), ResultCell.Short(gain.PValue),
    ];

    private static ResultTable Changes(ExperimentRun run, string name, string title, IReadOnlyList<DataChange> changes) => new(
        name, title, ["id", "class", "new class", "vote", "harm", "true class"],
        [.. changes.Select(c => (IReadOnlyList<ResultCell>)[
            c.Id, c.ClassName, c.NewName ?? "(left out)", ResultCell.Share(c.Vote), ResultCell.Short(c.Harm),
            run.Dataset.Training[c.Index].TrueLabel is { } truth ? run.Dataset.ClassNames[truth] : ""])]);

    private static ResultTable Right(ExperimentRun run, FixResult result) => new(
        "fix-right", "Suggestions against the known truth", ["", "new labels", "right", "exclusions", "of wrong labels"],
        [Counted(run, "candidates", result.Candidates), Counted(run, "kept", result.Kept)]);

    private static IReadOnlyList<ResultCell> Counted(ExperimentRun run, string name, IReadOnlyList<DataChange> changes)
    {
        DataChange[] labels = [.. changes.Where(c => c.NewLabel is not null)];
        var left = changes.Count - labels.Length;
        int Wrong(Func<DataChange, bool> chosen) => changes.Count(c => chosen(c) && run.Dataset.Training[c.Index].TrueLabel is not null);
        return
        [
            name, labels.Length,
            ResultCell.Share(labels.Length == 0 ? null : labels.Count(c => run.Dataset.Training[c.Index].TrueLabel == c.NewLabel) / (double)labels.Length),
            left, ResultCell.Share(left == 0 ? null : Wrong(c => c.NewLabel is null) / (double)left),
        ];
    }

    private static ResultFigure Figure(FixResult result) => new(
        "fix", "Gain of R@1 with the first so many candidates, queries that choose", "points of R@1 with their 80 % interval", "")
    {
        Bars = [.. result.Trials.Select(t => new FigureBar(
            FormattableString.Invariant($"{t.Changes} changes"), 100 * t.Gain.Mean, 100 * t.Gain.Low, 100 * t.Gain.High))],
    };

    /// <summary>Trains the run's own config anew with the kept changes, into a folder beside the results; one that was killed goes on.</summary>
    private static (double Before, double After) Retrain(ExperimentContext context, FixOptions options, ExperimentRun run)
    {
        var folder = Path.Combine(context.Folder, Retrained);
        var root = ConfigFile.Load(run.Folder.Config);
        foreach (var (section, file) in new[] { (HostSections.Relabels, FixFiles.Relabels), (HostSections.Excludes, FixFiles.Excludes) })
        {
            root = ConfigOverride.Set(root, section, Path.GetFullPath(Path.Combine(context.Folder, file)));
        }

        using var training = RunMaking.Open(root, run.Folder.Path, context.Catalog, context.Progress, context.CancellationToken);
        var after = Train(training, folder);
        using var model = context.OpenModel(run);
        using var changed = Model.OpenRun(after.Path, context.Catalog, null, []);
        var (before, now) = (Trials(model).AsTrained(), Trials(changed).AsTrained());
        var judging = QueryParts.Deal([.. model.TestLabels.Take(before.Length)], before, options.Seed).Queries(2);
        return (judging.Count(q => before[q]) / (double)judging.Length, judging.Count(q => now[q]) / (double)judging.Length);

        HeadTrials Trials(Model opened) => new(opened, [], options, (_, compute) => compute(), context.CancellationToken);
    }

    private static RunFolder Train(RunMaking training, string folder)
    {
        if (!RunWriter.IsUnfinished(folder, training.ConfigJson)) return training.Execute(folder, overwrite: true);
        using var writer = RunWriter.Resume(folder);
        return training.Execute(writer, folder);
    }
}
