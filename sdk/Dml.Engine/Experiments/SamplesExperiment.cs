using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Numerics;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment samples.</summary>
[Options]
internal sealed record SamplesOptions
{
    /// <summary>The one or two estimators whose samples are shown; further ones are left out.</summary>
    public IReadOnlyList<string> Estimators { get; init; } = ["eif", "if"];

    /// <summary>Confusions as two test indices "A:B"; empty for the first wrong items.</summary>
    public IReadOnlyList<string> NamedPairs { get; init; } = [];

    /// <summary>Wrong items that are shown where none are named.</summary>
    [Range(1, 1000)]
    public int ShownPairs { get; init; } = 3;

    /// <summary>Training samples that are shown at each end.</summary>
    [Range(1, 20)]
    public int ShownSamples { get; init; } = 5;
}

/// <summary>The picture of the paper: a confused pair with the most harmful and most helpful training samples by two estimators.</summary>
internal sealed class SamplesExperiment()
    : Experiment<SamplesOptions>(
        "samples", "Pictures of confusions with the samples that do most harm and help most by two estimators.", SamplesOptionsBinder.Schema,
        SamplesOptionsBinder.Bind, SamplesOptionsBinder.ToJson)
{
    private const int Compared = 2;
    private const int Ends = 50;

    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, SamplesOptions options)
    {
        string[] estimators = [.. context.Estimators(options.Estimators).Take(Compared)];
        var (figures, agreement, each) = (new List<ResultFigure>(), new List<IReadOnlyList<ResultCell>>(), new List<IReadOnlyList<ResultCell>>());
        foreach (var run in context.Runs)
        {
            using var model = context.OpenModel(run);
            var pairs = ExperimentContext.Pairs(model, options.NamedPairs, options.ShownPairs);
            double[][][] harm = [.. estimators.Select(e => Harm(context, run, model, pairs, e))];
            foreach (var (t, pair) in pairs.Index())
            {
                double[][] own = [.. harm.Select(h => h[t])];
                figures.Add(Picture(options, run, pair, estimators, own));
                each.AddRange(estimators.Zip(own).SelectMany(e => Rows(options, run, pair, e.First, e.Second)));
                if (own.Length == Compared)
                {
                    agreement.Add([run.Name, pair.Name, Place(run, pair.Pairs[0].Anchor), Place(run, pair.Pairs[0].Neighbour),
                        ResultCell.Of(Finite(RankCorrelation.Spearman(own[0], own[1]))),
                        ResultCell.Share(Shared(own, ScoreRanking.MostHarmful)), ResultCell.Share(Shared(own, ScoreRanking.MostHelpful))]);
                }
            }
        }

        ResultTable samples = new(
            "samples", "Training samples at both ends", ["run", "pair", "estimator", "end", "rank", "id", "class", "true class", "harm"], each);
        ResultTable together = new("samples-agreement", $"How far {string.Join(" and ", estimators)} agree",
            ["run", "pair", "query of class", "taken for", "rank correlation of all samples", $"shared of the {Ends} most harmful",
                $"shared of the {Ends} most helpful"],
            agreement);
        return new(
            Name, "What causes a confusion",
            ["Each picture shows a wrong test item with its neighbour, and the training samples that do most harm and help most by each estimator; "
                + "sizes compare within a picture's row only."],
            [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(
                ("sign", "harm above 0: training on the sample makes the error worse"), ("estimators", string.Join(", ", estimators)),
                ("settings of estimators", context.ShownSettings)),
            agreement.Count > 0 ? [together, samples] : [samples], figures);
    }

    private static double[][] Harm(ExperimentContext context, ExperimentRun run, Model model, IReadOnlyList<Confusion> pairs, string estimator)
    {
        var count = model.Features.TrainCount;
        var all = context.Units.Get(
            $"{run.Folder.Path} {estimator} {string.Join(' ', pairs.Select(p => p.Name))}",
            () => [.. context.Harm(model, estimator, pairs).SelectMany(h => h)]);
        return [.. pairs.Select((_, t) => all[(t * count)..((t + 1) * count)])];
    }

    private static ResultFigure Picture(SamplesOptions options, ExperimentRun run, Confusion pair, string[] estimators, double[][] harm)
    {
        var (anchor, neighbour) = (pair.Pairs[0].Anchor, pair.Pairs[0].Neighbour);
        List<PictureStrip> strips = [new("confused", [Test(anchor, "query"), Test(neighbour, "neighbour")])];
        foreach (var (estimator, own) in estimators.Zip(harm))
        {
            strips.Add(new($"▲ harmful by {estimator}", [.. ScoreRanking.MostHarmful(own, options.ShownSamples).Select(i => Training(i, own[i]))]));
            strips.Add(new($"▼ helpful by {estimator}", [.. ScoreRanking.MostHelpful(own, options.ShownSamples).Select(i => Training(i, own[i]))]));
        }

        return new($"samples-{run.Name}-{anchor}-{neighbour}", $"{Place(run, anchor)} taken for {Place(run, neighbour)}", "", "") { Strips = strips };

        PictureImage Test(int index, string role) => new(Path.GetFullPath(run.Dataset.Test[index].File, run.Folder.Path), Place(run, index), role);

        PictureImage Training(int index, double value)
        {
            var sample = run.Dataset.Training[index];
            return new(Path.GetFullPath(sample.File, run.Folder.Path), run.Dataset.ClassNames[sample.Label], Figures.Signed(value))
            {
                Truth = sample.TrueLabel is { } truth ? run.Dataset.ClassNames[truth] : null,
            };
        }
    }

    private static IEnumerable<IReadOnlyList<ResultCell>> Rows(SamplesOptions options, ExperimentRun run, Confusion pair, string estimator, double[] harm)
    {
        foreach (var (end, samples) in new[]
        {
            ("harmful", ScoreRanking.MostHarmful(harm, options.ShownSamples)), ("helpful", ScoreRanking.MostHelpful(harm, options.ShownSamples)),
        })
        {
            foreach (var (rank, index) in samples.Index())
            {
                var sample = run.Dataset.Training[index];
                yield return [run.Name, pair.Name, estimator, end, rank + 1, sample.Id, run.Dataset.ClassNames[sample.Label],
                    sample.TrueLabel is { } truth ? run.Dataset.ClassNames[truth] : "", ResultCell.Short(harm[index])];
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
