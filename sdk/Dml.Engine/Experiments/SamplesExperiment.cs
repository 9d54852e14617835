using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Engine.Sessions;
using Dml.Numerics;

namespace Dml.Engine.Experiments;

/// <summary>The picture of the paper: a confused pair with the most harmful and most helpful training samples by two estimators.</summary>
internal static class SamplesExperiment
{
    public const string Name = "samples";

    private const int Compared = 2;
    private const int Ends = 50;

    public static ExperimentResult Run(ExperimentContext context)
    {
        string[] estimators = [.. context.Estimators().Take(Compared)];
        var (figures, agreement, each) = (new List<ExperimentFigure>(), new List<IReadOnlyList<ExperimentCell>>(), new List<IReadOnlyList<ExperimentCell>>());
        foreach (var run in context.Runs)
        {
            using var model = context.OpenModel(run);
            var pairs = context.Pairs(model, context.Options.ShownPairs);
            double[][][] harm = [.. estimators.Select(e => Harm(context, run, model, pairs, e))];
            foreach (var (t, pair) in pairs.Index())
            {
                double[][] own = [.. harm.Select(h => h[t])];
                figures.Add(Picture(context, run, pair, estimators, own));
                each.AddRange(estimators.Zip(own).SelectMany(e => Rows(context, run, pair, e.First, e.Second)));
                if (own.Length == Compared)
                {
                    agreement.Add([run.Name, pair.Name, Place(run, pair.Pairs[0].Anchor), Place(run, pair.Pairs[0].Neighbour), ExperimentCell.Of(Finite(RankCorrelation.Spearman(own[0], own[1]))),
                        ExperimentCell.Share(Shared(own, ScoreRanking.MostHarmful)), ExperimentCell.Share(Shared(own, ScoreRanking.MostHelpful))]);
                }
            }
        }

        ExperimentTable samples = new("samples", "Training samples at both ends", ["run", "pair", "estimator", "end", "rank", "id", "class", "true class", "harm"], each);
        ExperimentTable together = new("samples-agreement", $"How far {string.Join(" and ", estimators)} agree",
            ["run", "pair", "query of class", "taken for", "rank correlation of all samples", $"shared of the {Ends} most harmful", $"shared of the {Ends} most helpful"], agreement);
        return new(
            Name, "What causes a confusion",
            ["Each picture shows a wrong test item with its neighbour, and the training samples that do most harm and help most by each estimator; sizes compare within a picture's row only."],
            [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(("sign", "harm above 0: training on the sample makes the error worse"), ("estimators", string.Join(", ", estimators)), ("settings of estimators", context.ShownSettings)),
            agreement.Count > 0 ? [together, samples] : [samples], figures);
    }

    private static double[][] Harm(ExperimentContext context, ExperimentRun run, Model model, IReadOnlyList<Confusion> pairs, string estimator)
    {
        var count = model.Features.TrainCount;
        var all = context.Units.Get($"{run.Folder.Path} {estimator} {string.Join(' ', pairs.Select(p => p.Name))}", () => [.. context.Harm(model, estimator, pairs).SelectMany(h => h)]);
        return [.. pairs.Select((_, t) => all[(t * count)..((t + 1) * count)])];
    }

    private static ExperimentFigure Picture(ExperimentContext context, ExperimentRun run, Confusion pair, string[] estimators, double[][] harm)
    {
        var (anchor, neighbour) = (pair.Pairs[0].Anchor, pair.Pairs[0].Neighbour);
        List<PictureStrip> strips = [new("confused", [Test(anchor, "query"), Test(neighbour, "neighbour")])];
        foreach (var (estimator, own) in estimators.Zip(harm))
        {
            strips.Add(new($"▲ harmful by {estimator}", [.. ScoreRanking.MostHarmful(own, context.Options.ShownSamples).Select(i => Training(i, own[i]))]));
            strips.Add(new($"▼ helpful by {estimator}", [.. ScoreRanking.MostHelpful(own, context.Options.ShownSamples).Select(i => Training(i, own[i]))]));
        }

        return new($"samples-{run.Name}-{anchor}-{neighbour}", $"{Place(run, anchor)} taken for {Place(run, neighbour)}", "", "") { Strips = strips };

        PictureImage Test(int index, string role) => new(Path.GetFullPath(run.Dataset.Test[index].File, run.Folder.Path), Place(run, index), role);

        PictureImage Training(int index, double value)
        {
            var sample = run.Dataset.Training[index];
            return new(Path.GetFullPath(sample.File, run.Folder.Path), run.Dataset.ClassNames[sample.Label], Figures.Signed(value)) { Truth = sample.TrueLabel is { } truth ? run.Dataset.ClassNames[truth] : null };
        }
    }

    private static IEnumerable<IReadOnlyList<ExperimentCell>> Rows(ExperimentContext context, ExperimentRun run, Confusion pair, string estimator, double[] harm)
    {
        foreach (var (end, samples) in new[] { ("harmful", ScoreRanking.MostHarmful(harm, context.Options.ShownSamples)), ("helpful", ScoreRanking.MostHelpful(harm, context.Options.ShownSamples)) })
        {
            foreach (var (rank, index) in samples.Index())
            {
                var sample = run.Dataset.Training[index];
                yield return [run.Name, pair.Name, estimator, end, rank + 1, sample.Id, run.Dataset.ClassNames[sample.Label], sample.TrueLabel is { } truth ? run.Dataset.ClassNames[truth] : "", ExperimentCell.Short(harm[index])];
            }
        }
    }

    private static double Shared(double[][] harm, Func<IReadOnlyList<double>, int, IReadOnlyList<int>> end)
    {
        var (first, second) = (end(harm[0], Ends), end(harm[1], Ends));
        return first.Intersect(second).Count() / (double)Math.Max(1, Math.Min(first.Count, second.Count));
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Place(ExperimentRun run, int index) => run.Dataset.ClassNames[run.Dataset.Test[index].Label];
}
