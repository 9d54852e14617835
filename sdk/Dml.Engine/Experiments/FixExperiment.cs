using Dml.Engine.Config;
using Dml.Engine.Data;
using Dml.Engine.Reporting;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Storage;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment fix.</summary>
[Options]
internal sealed record FixOptions
{
    /// <summary>The estimator that explains; its scores must have a sign.</summary>
    public string Estimator { get; init; } = "eif";

    /// <summary>Most suggestions that are tried together before any is halved off; by default all, which moves most beside what is chance.</summary>
    [Range(1, 1000000)]
    public int Bundle { get; init; } = 1000000;

    /// <summary>A label is suggested when at least this share of the neighbours' votes is for it.</summary>
    [Range(0, 1)]
    public double LeastVote { get; init; } = 0.5;

    /// <summary>Whether the kept labels are shown at work by training the run's config anew.</summary>
    public bool Retrain { get; init; } = true;

    /// <summary>Decides the batches.</summary>
    [Range(0, 1000000000)]
    public int Seed { get; init; }
}

/// <summary>
/// From errors to better labels: half of the wrong test items is explained; labels that confident learning on the neighbours' votes
/// suggests are tried by retraining the head with them on cached features, and kept when they move the other half of the wrong items apart
/// and R@1 does not fall. The kept ones are written as a file that training takes, and a full retraining shows what they are worth.
/// </summary>
internal sealed class FixExperiment()
    : Experiment<FixOptions>(
        "fix", "Suggests better labels, keeps those that move held-out errors apart, writes them as a file and trains with them.", FixOptionsBinder.Schema,
        FixOptionsBinder.Bind, FixOptionsBinder.ToJson)
{
    public const string File = "relabels.csv";
    public const string Retrained = "retrained";

    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, FixOptions options)
    {
        if (context.Runs.Count != 1) throw new DmlException($"Expected one run to fix, found {context.Runs.Count}; fix them one by one.");
        var run = context.Runs[0];
        var trials = new RelabelTrials(context, run, options);
        var suggestions = trials.Judge();
        var kept = suggestions.Where(s => s.Kept).ToList();
        var table = new ResultTable(
            "relabels", "Suggestions that held up", [Relabels.Id, Relabels.OldClass, Relabels.NewClass, .. Evidence], [.. kept.Select(Row)]);
        var before = RunMetrics.TryRead(run.Folder.Metrics)!;
        List<IReadOnlyList<ResultCell>> results = [Metrics("before", before, run.Dataset.Mislabelled.Count)];
        if (kept.Count > 0 && options.Retrain)
        {
            var after = Retrain(context, run, table);
            results.Add(Metrics("after", RunMetrics.TryRead(after.Metrics)!, DatasetRecord.Read(after).Mislabelled.Count));
        }

        return new(
            Name, "Fixing labels",
            [FormattableString.Invariant($"{suggestions.Count} labels were suggested, {kept.Count} held up."),
                .. results.Count == 2
                    ? [FormattableString.Invariant($"Full retraining with them: R@1 from {before.Recall["1"]:P2} to {results[1][1].Number:P2}.")]
                    : Array.Empty<string>()],
            [run.Folder.Path],
            ExperimentContext.Settings(
                ("attribution", $"{trials.Estimator}, every other wrong item"), ("held out", $"{trials.HeldOutCount} of the wrong items"),
                ("retraining of the head", $"{RelabelTrials.Epochs} epochs, Adam 4e-5, the same batches for all"),
                ("bundles", $"{Figures.Count(Math.Min(options.Bundle, Math.Max(1, suggestions.Count)), "suggestion")} together, by descending vote; "
                    + "a bundle that does not hold up is halved"),
                ("least vote", $"{ResultCell.Share(options.LeastVote).Shown}"), ("seed", $"{options.Seed}")),
            [
                new("fix", "Retrieval before and after full retraining with the kept labels", ["run", "R@1", "wrong items", "known mislabelled"], results),
                new("fix-suggestions", "Suggestions", ["", "number", "right, where the truth is known"],
                    [Count(run, "suggested", suggestions), Count(run, "kept", kept), Count(run, "turned down", [.. suggestions.Except(kept)])]),
                table,
                new("fix-tried", "Every suggestion with its evidence", ["id", "old class", "new class", "kept", .. Evidence],
                    [.. suggestions.Select(s => (IReadOnlyList<ResultCell>)[.. Row(s).Take(3), s.Kept ? "yes" : "no", .. Row(s).Skip(3)])]),
            ],
            [new("fix", "Wrong test items before and after full retraining", "test items whose nearest neighbour has another class", "")
            {
                Bars = [.. results.Select(r => new FigureBar(r[0].Text!, r[2].Number!.Value))],
            }]);

        IReadOnlyList<ResultCell> Row(Suggestion s) =>
        [
            run.Dataset.Training[s.Sample].Id, run.Dataset.ClassNames[s.From], run.Dataset.ClassNames[s.To], ResultCell.Share(s.Vote), ResultCell.Short(s.Harm),
            s.Trial.Size, ResultCell.Short(s.Trial.HeldOut), ResultCell.Short(s.Trial.Recall),
            run.Dataset.Training[s.Sample].TrueLabel is { } truth ? run.Dataset.ClassNames[truth] : "",
        ];
    }

    private static string[] Evidence => ["vote", "harm", "tried_with", "held_out_change", "recall_at_1_change", "true_class"];

    private static IReadOnlyList<ResultCell> Count(ExperimentRun run, string name, IReadOnlyList<Suggestion> suggestions) =>
    [
        name, suggestions.Count,
        ResultCell.Share(run.Dataset.Mislabelled.Count == 0 || suggestions.Count == 0
            ? null
            : suggestions.Count(s => run.Dataset.Training[s.Sample].TrueLabel == s.To) / (double)suggestions.Count),
    ];

    private static IReadOnlyList<ResultCell> Metrics(string name, RunMetrics metrics, int mislabelled) =>
        [name, ResultCell.Of(metrics.Recall["1"]), metrics.WrongItems, mislabelled];

    /// <summary>Trains the run's own config anew with the kept labels, into a folder beside the results; one that was killed goes on.</summary>
    private static RunFolder Retrain(ExperimentContext context, ExperimentRun run, ResultTable table)
    {
        Directory.CreateDirectory(context.Folder);
        var file = Path.GetFullPath(Path.Combine(context.Folder, File));
        var folder = Path.Combine(context.Folder, Retrained);
        var root = ConfigOverride.Apply(ConfigFile.Load(run.Folder.Config), $"{HostSections.Relabels}={file}");
        var config = new Composer(context.Catalog, HostSections.All).Bind(root, PluginKind.Dataset, PluginKind.Backbone, PluginKind.Loss);
        var training = new TrainingRun(config, run.Folder.Path, context.Progress, context.CancellationToken);
        var sameLabels = System.IO.File.Exists(file) && InputFile.ReadText(file) == table.ToCsv();
        if (!sameLabels) AtomicFile.WriteText(file, table.ToCsv());
        if (!sameLabels || !RunWriter.IsUnfinished(folder, training.ConfigJson)) return training.Execute(folder, overwrite: true);
        using var writer = RunWriter.Resume(folder);
        return training.Execute(writer, folder);
    }
}
