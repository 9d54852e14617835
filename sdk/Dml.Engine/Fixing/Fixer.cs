using Dml.Numerics;

namespace Dml.Engine.Fixing;

/// <summary>Finds changes of the training data, decides how many are kept, and judges them, each by another third of the test items.</summary>
/// <param name="model">The model.</param>
/// <param name="options">How.</param>
/// <param name="trials">Retrains the head.</param>
/// <param name="harm">Harm of every training sample on a confusion.</param>
/// <param name="progress">Receives progress.</param>
internal sealed class Fixer(Model model, FixOptions options, HeadTrials trials, Func<Confusion, double[]> harm, IProgress<ProgressReport> progress)
{
    private const int Explains = 0;
    private const int Chooses = 1;
    private const int Judges = 2;
    private const int LeastQueries = 3;

    /// <summary>Of the interval that must lie above 0 for changes to be kept: one chance in ten that no gain passes.</summary>
    private const double ChoosingLevel = 0.8;

    private int _done;
    private int _total;

    /// <summary>Runs all three steps.</summary>
    /// <param name="views">How many views the retrainings see.</param>
    /// <exception cref="DmlException">There are fewer than three queries.</exception>
    public FixResult Run(int views)
    {
        var hits = trials.AsTrained();
        if (hits.Length < LeastQueries)
        {
            throw new DmlException(
                $"{model.Features.Source}: expected at least {LeastQueries} test queries, which are dealt out to explain, to choose and to judge, "
                    + $"found {hits.Length}; add test items.");
        }

        var parts = QueryParts.Deal([.. model.TestLabels.Take(hits.Length)], hits, options.Seed);
        var candidates = Candidates(parts);
        var result = new FixResult(
            Part(parts, hits, Explains), Part(parts, hits, Chooses), Part(parts, hits, Judges), candidates, [], [], null, views);
        if (candidates.Count == 0 || hits.All(hit => hit)) return result;
        var cuts = ChangeCandidates.Cuts(candidates);
        _total = options.Repeats * (cuts.Count + 3);
        var without = Outcomes([], first: 0);
        FixTrial[] tried = [.. cuts.Select(cut => new FixTrial(cut, Gain(parts, Chooses, without, Outcomes([.. candidates.Take(cut)], first: 0))))];
        result = result with { Trials = tried };
        if (Best(tried) is not { } best) return result;

        // Heads that were chosen by are not judged by: their luck would be counted.
        DataChange[] kept = [.. candidates.Take(best.Changes)];
        return result with { Kept = kept, Judged = Gain(parts, Judges, Outcomes([], options.Repeats), Outcomes(kept, options.Repeats)) };
    }

    private IReadOnlyList<DataChange> Candidates(QueryParts parts)
    {
        var wrong = ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours)
            .Where(p => p.Anchor < parts.Of.Count && parts.Of[p.Anchor] == Explains).ToList();
        double[] causes = wrong.Count == 0 ? [] : harm(new("errors of the explaining part", ConfusionKind.Group, wrong));
        return ChangeCandidates.Of(model.Suspects(), causes, options.LeastVote);
    }

    private FixTrial? Best(IReadOnlyList<FixTrial> tried) =>
        tried.Where(t => t.Gain.Mean >= options.LeastGain && t.Gain.Low > 0).OrderByDescending(t => t.Gain.Mean).ThenBy(t => t.Changes).FirstOrDefault();

    private bool[][] Outcomes(IReadOnlyList<DataChange> changes, int first) => [.. Enumerable.Range(first, options.Repeats).Select(repeat =>
    {
        var hits = trials.Retrained(changes, repeat);
        progress.Report(new("retrain the head with and without changes", ++_done, _total));
        return hits;
    })];

    private FixGain Gain(QueryParts parts, int part, bool[][] without, bool[][] with) =>
        RecallGain.Of(parts, parts.Queries(part), without, with, options.Seed, part == Chooses ? ChoosingLevel : RecallGain.JudgingLevel);

    private FixPart Part(QueryParts parts, bool[] hits, int part)
    {
        var queries = parts.Queries(part);
        return new(queries.Length, queries.Select(q => model.TestLabels[q]).Distinct().Count(), queries.Count(q => !hits[q]));
    }
}
