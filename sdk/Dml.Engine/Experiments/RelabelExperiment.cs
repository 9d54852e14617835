using System.Globalization;
using Dml.Engine.Reporting;
using Dml.Numerics;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment relabel.</summary>
[Options]
internal sealed record RelabelOptions
{
    /// <summary>Estimators that are compared; their scores must have a sign.</summary>
    public IReadOnlyList<string> Estimators { get; init; } = ["eif", "if", "tracin"];

    /// <summary>Confusion groups whose harm is averaged.</summary>
    [Range(1, 1000000)]
    public int SuspicionGroups { get; init; } = 10;
}

/// <summary>How good the labels are that neighbours recommend (Liu et al., NeurIPS 2022; numerics, section 8).</summary>
internal sealed class RelabelExperiment()
    : Experiment<RelabelOptions>(
        "relabel", "Measures how good the labels are that neighbours recommend; without known noise, studies where they differ.", RelabelOptionsBinder.Schema,
        RelabelOptionsBinder.Bind, RelabelOptionsBinder.ToJson)
{
    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, RelabelOptions options)
    {
        var detectors = new Detectors(context, options.Estimators, options.SuspicionGroups);
        var (noisy, clean, kinds, classes) = (
            new List<IReadOnlyList<ResultCell>>(), new List<IReadOnlyList<ResultCell>>(), new List<IReadOnlyList<ResultCell>>(),
            new List<IReadOnlyList<ResultCell>>());
        var byLoss = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        foreach (var (done, run) in context.Runs.Index())
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            using var model = context.OpenModel(run);
            var votes = Detectors.Votes(model);
            var samples = run.Dataset.Training;
            if (run.Dataset.Mislabelled is { Count: > 0 } wrong)
            {
                var right = wrong.Where(i => Recommend(votes, i, samples[i].Label) == samples[i].TrueLabel).ToHashSet();
                byLoss.TryAdd(run.Loss, []);
                byLoss[run.Loss].Add(right.Count / (double)wrong.Count);
                noisy.Add([run.Name, run.Loss, (int)run.Seed, "all mislabelled", wrong.Count, ResultCell.Share(right.Count / (double)wrong.Count)]);
                foreach (var estimator in context.Estimators(options.Estimators))
                {
                    var harm = detectors.Scores(run, estimator)!;
                    int[] harmful = [.. wrong.Where(i => harm[i] > 0)];
                    noisy.Add([run.Name, run.Loss, (int)run.Seed, $"harmful by {estimator}", harmful.Length,
                        ResultCell.Share(harmful.Length == 0 ? null : harmful.Count(right.Contains) / (double)harmful.Length)]);
                }
            }
            else
            {
                var study = RelabelPatterns.Of([.. samples.Select(s => s.Label)], [.. Enumerable.Range(0, samples.Count).Select(i => votes.Best(i))]);
                var differ = study.Sum(c => c.Differ);
                clean.Add([run.Name, run.Loss, (int)run.Seed, samples.Count, differ, ResultCell.Share(differ / (double)samples.Count)]);
                kinds.Add([run.Name, study.Count, .. Enum.GetValues<RelabelKind>().Select(kind => (ResultCell)study.Count(c => c.Kind == kind))]);
                classes.AddRange(study.Where(c => c.Differ > 0).OrderByDescending(c => c.Differ).ThenBy(c => c.Class)
                    .Select(c => (IReadOnlyList<ResultCell>)[run.Name, run.Dataset.ClassNames[c.Class], c.Size, c.Differ,
                        ResultCell.Share(c.Differ / (double)c.Size), c.Kind.ToString().ToLowerInvariant(), run.Dataset.ClassNames[c.Most], c.MostCount]));
            }

            context.Progress.Report(new("recommend labels", done + 1, context.Runs.Count, run.Name));
        }

        string[] columns = ["run", "loss", "seed"];
        ResultTable[] tables =
        [
            new("relabel", "Accuracy of the recommended label on known noise", [.. columns, "of", "samples", "accuracy"], noisy),
            new("relabel-clean", "Runs without known noise: samples whose neighbours recommend another label", [.. columns, "samples", "differ", "share"],
                clean),
            new(
                "relabel-kinds",
                "Classes by what their samples are recommended as: centralized where at least 10 % differ and 90 % of these agree, "
                    + "diversified where they do not, individual where at most 5 % differ",
                ["run", "classes", .. Enum.GetNames<RelabelKind>().Select(n => n.ToLowerInvariant())], kinds),
            new("relabel-classes", "Classes with samples that differ",
                ["run", "class", "samples", "differ", "share", "kind", "most recommended", "for samples"], classes),
        ];
        return new(
            Name, "Recommending labels",
            ["The class with most votes of a sample's neighbours is recommended; for a sample known to be wrong, "
                + "the second where the best is the label that it has.",
                .. byLoss.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Key}: {l.Value.Average():P1} of all mislabelled "
                    + $"samples get their original class back, mean of {l.Value.Count} run{(l.Value.Count == 1 ? "" : "s")}."))],
            [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(
                ("settings of estimators", context.ShownSettings), ("neighbours' votes", "exp(-distance), k = lower median of the class sizes"),
                ("harmful", $"mean of harm / ||harm|| over {options.SuspicionGroups} groups above 0")),
            [.. tables.Where(t => t.Rows.Count > 0)],
            [.. Bars(
                "relabel", "Mislabelled samples that get their original class back", noisy.Where(r => r[^1].Number is not null),
                r => $"{r[0].Text}, {r[3].Text}"),
                .. Bars("relabel-clean", "Samples that another label is recommended for, clean runs", clean, r => r[0].Text!)]);
    }

    /// <summary>The last column of a table as bars.</summary>
    private static IEnumerable<ResultFigure> Bars(
        string name, string title, IEnumerable<IReadOnlyList<ResultCell>> rows, Func<IReadOnlyList<ResultCell>, string> label)
    {
        FigureBar[] bars = [.. rows.Select(r => new FigureBar(label(r), r[^1].Number!.Value))];
        return bars.Length == 0 ? [] : [new(name, title, "share of the samples", "") { Bars = bars, Shares = true }];
    }

    /// <summary>The best class; the second where the best is the label that the sample has.</summary>
    private static int Recommend(NeighbourVotes votes, int sample, int label) =>
        votes.Best(sample) is var best && best != label ? best : votes.Best(sample, except: label);
}
