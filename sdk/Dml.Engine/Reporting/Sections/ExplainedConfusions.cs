using Dml.Engine.Explaining;

namespace Dml.Engine.Reporting;

/// <summary>The confusions of a run's influence file, as the report shows them.</summary>
/// <param name="run">What the run folder holds.</param>
internal sealed class ExplainedConfusions(ReportSource run)
{
    private const int ConfusionsShown = 20;
    private const int ErrorsShown = 6;
    private const int NeighboursShown = 6;
    private const int SamplesShown = 10;
    private const int HistogramBins = 40;

    private IReadOnlyList<(double[] Harm, int[] Ranks)> _explained = [];

    /// <summary>The first of them; none where there are no scores, or scores without a sign.</summary>
    public IReadOnlyList<ExplainedConfusion> All()
    {
        if (run.Influence is not { Signed: true } influence) return [];
        _explained = [.. influence.Harm.Take(Math.Min(ConfusionsShown, influence.Targets.Count)).Select(harm => (harm, Ranks(harm)))];
        return [.. _explained.Select((e, row) => Explain(influence.Targets[row], e.Harm))];
    }

    private ExplainedConfusion Explain(TargetExplanation target, double[] harm) => new()
    {
        Name = Title(target.Confusion),
        Kind = target.Confusion.Kind,
        Distance = target.Distance,
        Path = target.Path,
        Solver = target.Solver,
        Directions = target.Directions,
        Errors = [.. target.Confusion.Pairs.Take(ErrorsShown).Select(Error)],
        PairCount = target.Confusion.Pairs.Count,
        Harmful = [.. ScoreRanking.MostHarmful(harm, SamplesShown).Select(i => Sample(i, harm[i]))],
        Helpful = [.. ScoreRanking.MostHelpful(harm, SamplesShown).Select(i => Sample(i, harm[i]))],
        Histogram = Histogram(harm),
    };

    private string Title(Confusion confusion)
    {
        if (confusion.Kind == ConfusionKind.Pair) return confusion.Name;
        var confused = confusion.Pairs.Select(p => run.Dataset.Test[p.Neighbour].Label).Distinct().Select(run.ClassName);
        return $"{confusion.Name}: {run.ClassName(run.Dataset.Test[confusion.Pairs[0].Anchor].Label)} taken for {string.Join(", ", confused)}";
    }

    /// <summary>A query with its nearest; an item that it was held against and that is not among them takes the last place.</summary>
    private ReportError Error(TestPair pair)
    {
        var nearest = run.Model.Retrieve(Split.Test, pair.Anchor, NeighboursShown).Neighbours;
        if (nearest.All(n => n.Index != pair.Neighbour))
        {
            var all = run.Model.Retrieve(Split.Test, pair.Anchor, run.Dataset.Test.Count).Neighbours;
            nearest = [.. nearest.SkipLast(1), all.First(n => n.Index == pair.Neighbour)];
        }

        var label = run.Dataset.Test[pair.Anchor].Label;
        return new(TestItem(pair.Anchor), [.. nearest.Select(n => new ReportNeighbour(TestItem(n.Index), n.Distance, n.Label == label))]);
    }

    private ReportItem TestItem(int index)
    {
        var sample = run.Dataset.Test[index];
        return new(sample.Id, run.ClassName(sample.Label), run.Thumbnails.Add(sample.File, sample.Box));
    }

    private InfluentialSample Sample(int index, double harm)
    {
        var sample = run.Dataset.Training[index];
        return new(sample.Id, run.ClassName(sample.Label), sample.TrueLabel is { } label ? run.ClassName(label) : null, harm,
            run.Thumbnails.Add(sample.File, sample.Box))
        {
            Standings = [.. _explained.Select(e => new SampleStanding(e.Harm[index], e.Ranks[index]))],
        };
    }

    /// <summary>The place of each sample in the order of harm; equal ones by index.</summary>
    private static int[] Ranks(double[] harm)
    {
        var ranks = new int[harm.Length];
        foreach (var (place, index) in Enumerable.Range(0, harm.Length).OrderByDescending(i => harm[i]).Index()) ranks[index] = place + 1;
        return ranks;
    }

    /// <summary>Bins of equal width with an edge at 0.</summary>
    private static HarmHistogram? Histogram(double[] harm)
    {
        var width = (harm.Max() - harm.Min()) / HistogramBins;
        if (!(width > 0)) return null;
        var (first, last) = ((int)Math.Floor(harm.Min() / width), (int)Math.Floor(harm.Max() / width));
        var counts = new long[last - first + 1];
        foreach (var value in harm) counts[Math.Clamp((int)Math.Floor(value / width) - first, 0, counts.Length - 1)]++;
        return new([.. Enumerable.Range(first, counts.Length + 1).Select(i => i * width)], counts);
    }
}
