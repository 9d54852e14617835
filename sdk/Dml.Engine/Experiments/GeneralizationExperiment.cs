using Dml.Engine.Reporting;
using Dml.Numerics;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment generalization.</summary>
[Options]
internal sealed record GeneralizationOptions
{
    /// <summary>Classes with most wrong items that are compared between runs.</summary>
    [Range(1, 1000000)]
    public int WorstClasses { get; init; } = 10;
}

/// <summary>Do runs of other seeds and losses fail on the same classes (Liu et al., NeurIPS 2022, figure 1)?</summary>
internal sealed class GeneralizationExperiment()
    : Experiment<GeneralizationOptions>(
        "generalization", "Compares the classes that runs of other seeds and losses fail on.", GeneralizationOptionsBinder.Schema,
        GeneralizationOptionsBinder.Bind, GeneralizationOptionsBinder.ToJson)
{
    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, GeneralizationOptions options)
    {
        if (context.Runs.Count < 2)
        {
            throw new DmlException(
                null, "at least two runs, whose errors are compared", "1",
                $"train further seeds with {Mention.Operation("train", ("config", "CONFIG"), ("seeds", "0..4"))} and give their folders too");
        }

        var wrong = new List<Dictionary<long, int>>();
        var (items, errors) = (new Dictionary<long, int>(), new List<int>());
        foreach (var (done, run) in context.Runs.Index())
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            using var model = context.OpenModel(run);
            items = model.TestLabels.CountBy(l => l).ToDictionary();
            var pairs = ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours);
            wrong.Add(pairs.CountBy(p => model.TestLabels[p.Anchor]).ToDictionary());
            errors.Add(pairs.Count);
            context.Progress.Report(new("find errors", done + 1, context.Runs.Count, run.Name));
        }

        var count = Math.Min(options.WorstClasses, items.Count);
        long[][] worst = [.. wrong.Select(w => items.Keys.OrderByDescending(l => w.GetValueOrDefault(l)).ThenBy(l => l).Take(count).ToArray())];
        long[] shown = [.. worst.SelectMany(w => w).Distinct().OrderByDescending(l => wrong.Sum(w => w.GetValueOrDefault(l))).ThenBy(l => l)];
        var names = context.Runs[0].Dataset.ClassNames;
        var pairsOfRuns = (from i in Enumerable.Range(0, worst.Length) from j in Enumerable.Range(i + 1, worst.Length - i - 1) select (i, j)).ToList();
        double Shared((int I, int J) pair) => worst[pair.I].Intersect(worst[pair.J]).Count() / (double)count;
        double Correlation((int I, int J) pair) => RankCorrelation.Spearman(
            [.. items.Keys.Select(l => (double)wrong[pair.I].GetValueOrDefault(l))], [.. items.Keys.Select(l => (double)wrong[pair.J].GetValueOrDefault(l))]);
        var chance = count / (double)items.Count;
        var overlap = pairsOfRuns.GroupBy(p => Kind(context.Runs[p.i], context.Runs[p.j])).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (IReadOnlyList<ResultCell>)[g.Key, g.Count(), ResultCell.Share(g.Average(Shared)), ResultCell.Share(chance),
                ResultCell.Of(g.Average(Correlation) is var rho && double.IsNaN(rho) ? null : g.Average(Correlation))]).ToList();
        return new(
            Name, "Which classes go wrong",
            [FormattableString.Invariant($"The {count} classes with most wrong items of each run, of {items.Count}."),
                .. pairsOfRuns.Count == 0 ? [] : new[] { FormattableString.Invariant(
                    $"Two runs share {pairsOfRuns.Average(Shared):P1} of them on average; two random choices would share {chance:P1}.") }],
            [.. context.Runs.Select(r => r.Folder.Path)], ExperimentContext.Settings(("classes of a run", $"{count}")),
            [
                new("generalization-overlap", "How far runs agree",
                    ["runs", "pairs of runs", "shared worst classes", "by chance", "rank correlation over all classes"], overlap),
                new("generalization", "Wrong items of each class", ["class", "items", .. context.Runs.Select(Label)],
                    [.. shown.Select(l => (IReadOnlyList<ResultCell>)[names[(int)l], items[l], .. wrong.Select(w => (ResultCell)w.GetValueOrDefault(l))])]),
                new("generalization-runs", "Errors of each run", ["run", "loss", "seed", "wrong items"],
                    [.. context.Runs.Zip(errors, (r, e) => (IReadOnlyList<ResultCell>)[r.Name, r.Loss, (int)r.Seed, e])]),
            ],
            [new("generalization", "Share of wrong items of a class", "test classes", "share of the class's items that are wrong")
            {
                Rows = [.. context.Runs.Select(Label)],
                Columns = [.. shown.Select(l => names[(int)l])],
                Values = [.. wrong.Select(w => shown.Select(l => w.GetValueOrDefault(l) / (double)items[l]).ToArray())],
            }]);
    }

    private static string Label(ExperimentRun run) => FormattableString.Invariant($"{run.Loss} {run.Seed}");

    private static string Kind(ExperimentRun a, ExperimentRun b) =>
        a.Loss == b.Loss ? $"{a.Loss}, two seeds" : string.Join(" and ", new[] { a.Loss, b.Loss }.Order(StringComparer.Ordinal));
}
