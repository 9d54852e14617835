using Dml.Host.Composition;
using Dml.Host.Data;
using Dml.Host.Runs;
using Dml.Host.Training;
using Dml.Numerics;
using Dml.Numerics.Storage;
using static TorchSharp.torch;

namespace Dml.Host.Experiments;

/// <summary>
/// From errors to better labels: half of the wrong test items is explained; each sample that confident learning on its neighbours' votes
/// gives another label is tried by retraining the head with that label on cached features; a suggestion is kept when it moves the other
/// half of the wrong items apart and R@1 does not fall. The kept ones are written as a file that training takes, and a full retraining
/// shows what they are worth.
/// </summary>
internal static class FixExperiment
{
    public const string Name = "fix";
    public const string File = "relabels.csv";
    public const string Retrained = "retrained";

    /// <summary>Enough for every sample to be drawn.</summary>
    private const int Epochs = 3;

    private const int CoreEstimator = 0;

    public static ExperimentResult Run(ExperimentContext context)
    {
        if (context.Runs.Count != 1) throw new DmlException($"Expected one run to fix, found {context.Runs.Count}; fix them one by one.");
        var run = context.Runs[0];
        var tried = Try(context, run);
        var kept = tried.Suggestions.Where(s => s.Holds).ToList();
        var names = run.Dataset.ClassNames;
        var table = new ExperimentTable("relabels", "Suggestions that held up",
            [Relabels.Id, Relabels.OldClass, Relabels.NewClass, "vote", "harm", "held_out_change", "recall_at_1_change", "true_class"],
            [.. kept.OrderByDescending(s => s.HeldOut).Select(s => (IReadOnlyList<ExperimentCell>)[
                run.Dataset.Training[s.Sample].Id, names[s.From], names[s.To], ExperimentCell.Share(s.Vote), ExperimentCell.Short(s.Harm), ExperimentCell.Short(s.HeldOut), ExperimentCell.Short(s.Recall),
                run.Dataset.Training[s.Sample].TrueLabel is { } truth ? names[truth] : ""])]);
        var wrong = run.Dataset.Mislabelled.ToHashSet();
        List<IReadOnlyList<ExperimentCell>> counts =
        [
            ["suggested", tried.Suggestions.Count, Right(tried.Suggestions)],
            ["kept", kept.Count, Right(kept)],
        ];
        var before = RunMetrics.TryRead(run.Folder.Metrics)!;
        List<IReadOnlyList<ExperimentCell>> results = [Metrics("before", before, wrong.Count)];
        if (kept.Count > 0 && context.Options.Retrain)
        {
            var after = Retrain(context, run, table);
            results.Add(Metrics("after", RunMetrics.TryRead(after.Metrics)!, DatasetRecord.Read(after).Mislabelled.Count));
        }

        return new(
            Name, "Fixing labels",
            [FormattableString.Invariant($"{tried.Suggestions.Count} labels were suggested, {kept.Count} held up."), .. results.Count == 2 ? [FormattableString.Invariant($"Full retraining with them: R@1 from {before.Recall["1"]:P2} to {results[1][1].Number:P2}.")] : Array.Empty<string>()],
            [run.Folder.Path],
            ExperimentContext.Settings(("attribution", $"{context.Estimators()[CoreEstimator]}, every other wrong item"), ("held out", $"{tried.HeldOutCount} of the wrong items"), ("retraining of the head", $"{Epochs} epochs, Adam 4e-5, the same batches for all"), ("seed", $"{context.Options.Seed}")),
            [
                new("fix", "Retrieval before and after full retraining with the kept labels", ["run", "R@1", "wrong items", "known mislabelled"], results),
                new("fix-suggestions", "Suggestions", ["", "number", "right, where the truth is known"], counts), table,
            ],
            []);

        ExperimentCell Right(IReadOnlyList<Suggestion> suggestions) => ExperimentCell.Share(
            wrong.Count == 0 || suggestions.Count == 0 ? null : suggestions.Count(s => run.Dataset.Training[s.Sample].TrueLabel == s.To) / (double)suggestions.Count);
    }

    private static IReadOnlyList<ExperimentCell> Metrics(string name, RunMetrics metrics, int mislabelled) => [name, ExperimentCell.Of(metrics.Recall["1"]), metrics.WrongItems, mislabelled];

    private static (IReadOnlyList<Suggestion> Suggestions, int HeldOutCount) Try(ExperimentContext context, ExperimentRun run)
    {
        using var model = context.OpenModel(run);
        var wrong = ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours);
        if (wrong.Count < 2) throw new DmlException($"Expected at least two wrong test items, one half to explain and one to judge by, found {wrong.Count} in {run.Folder.Path}; there is nothing to fix.");
        var explained = new Confusion("explained half", ConfusionKind.Group, [.. wrong.Where((_, i) => i % 2 == 0)]);
        var heldOut = new Confusion("held-out half", ConfusionKind.Group, [.. wrong.Where((_, i) => i % 2 == 1)]);
        var harm = context.Harm(model, context.Estimators()[CoreEstimator], [explained])[0];
        var (votes, labels) = (Detectors.Votes(model), Detectors.Labels(model));
        var confident = ConfidentLearning.Of(votes.Shares, labels).ConfidentClass;
        int[] samples = [.. Enumerable.Range(0, labels.Length).Where(i => confident[i] >= 0 && confident[i] != labels[i]).OrderByDescending(i => harm[i])];

        using var session = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken);
        var options = ConfusionTableExperiment.Options(run);
        var sampler = new ClassBalancedSampler([.. labels.Select(l => (int)l)], options.BatchClasses, options.BatchImages, context.Options.Seed);
        int[][] batches = [.. Enumerable.Range(0, Epochs).SelectMany(_ => sampler.NextEpoch())];
        var retraining = new HeadRetraining(options);
        var plain = context.Units.Get("plain", () => Outcome(session.Context, retraining, batches, labels, heldOut, context.CancellationToken));
        return ([.. samples.Select((sample, done) =>
        {
            var to = confident[sample];
            context.Progress.Report(new("try suggestions", done + 1, samples.Length));
            var outcome = context.Units.Get($"relabel {sample} {to}", () =>
            {
                long[] changed = [.. labels];
                changed[sample] = to;
                return Outcome(session.Context, retraining, batches, changed, heldOut, context.CancellationToken);
            });
            return new Suggestion(sample, (int)labels[sample], to, votes.Share(sample, to), harm[sample], outcome[0] - plain[0], outcome[1] - plain[1]);
        })], heldOut.Pairs.Count);
    }

    /// <summary>d of the held-out half and R@1 after retraining the head with some labels.</summary>
    private static double[] Outcome(InfluenceContext context, HeadRetraining retraining, int[][] batches, long[] labels, Confusion heldOut, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        double[] weights = [.. Enumerable.Repeat(1.0, labels.Length)];
        var head = retraining.Run(context with { TrainLabels = tensor(labels) }, weights, batches, ConfusionTableExperiment.Silent.Instance, cancellationToken);
        var distance = ConfusionDistance.Of(heldOut, context.TestFeatures, head, context.HeadBias);
        var embeddings = LossGradients.Embed(context with { HeadWeight = head }, context.TestFeatures);
        var testLabels = context.TestLabels.data<long>().ToArray();
        var recall = RetrievalScores.Of(embeddings, testLabels, null, [1], mapAtR: false, cancellationToken: cancellationToken).Recall[0].Value;
        return [distance.Evaluate(distance.Embeddings), recall];
    }

    /// <summary>Trains the run's own config anew with the kept labels, into a folder beside the results.</summary>
    private static RunFolder Retrain(ExperimentContext context, ExperimentRun run, ExperimentTable table)
    {
        Directory.CreateDirectory(context.Folder);
        var file = Path.GetFullPath(Path.Combine(context.Folder, File));
        AtomicFile.WriteText(file, table.ToCsv());
        var folder = Path.Combine(context.Folder, Retrained);
        var root = ConfigOverride.Apply(ConfigFile.Load(run.Folder.Config), $"{HostSections.Relabels}={file}");
        var config = new Composer(context.Catalog, HostSections.All).Bind(root, PluginKind.Dataset, PluginKind.Backbone, PluginKind.Loss);
        return new TrainingRun(config, run.Folder.Path, context.Progress, context.CancellationToken).Execute(folder, overwrite: true);
    }

    /// <summary>A label to change.</summary>
    /// <param name="Sample">Training index.</param>
    /// <param name="From">Its label.</param>
    /// <param name="To">The recommended one.</param>
    /// <param name="Vote">Share of the neighbours' votes for it.</param>
    /// <param name="Harm">Harm of the sample on the explained half.</param>
    /// <param name="HeldOut">Change of d of the held-out half by the new label.</param>
    /// <param name="Recall">Change of R@1.</param>
    private sealed record Suggestion(int Sample, int From, int To, double Vote, double Harm, double HeldOut, double Recall)
    {
        public bool Holds => HeldOut > 0 && Recall >= 0;
    }
}
