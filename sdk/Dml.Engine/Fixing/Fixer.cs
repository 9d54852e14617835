using Dml.Numerics;

namespace Dml.Engine.Fixing;

/// <summary>
/// Finds changes of the training data, decides how many are kept, and judges them. The test items are dealt out in thirds: the errors of the first give
/// samples to leave out, the second decides about these, the last one judges. New labels come from the training data alone, so that both of the first two,
/// of which they know nothing, decide about them.
/// </summary>
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
        var labels = candidates.Count(c => c.NewLabel is not null);
        var tried = cuts.Where(cut => cut <= labels).Select(cut => Try(cut, [.. parts.Queries(Explains), .. parts.Queries(Chooses)], without)).ToList();
        var best = Best(tried.Select(t => (t, t.Trial.Gain)));

        // To leave samples out must be worth something beside the labels that are worth making.
        var exclusions = cuts.Where(cut => cut > labels).Select(cut => Try(cut, parts.Queries(Chooses), without)).ToList();
        best = Best(exclusions.Select(t => (t, Gain(parts.Queries(Chooses), best?.Hits ?? without, t.Hits, ChoosingLevel)))) ?? best;
        result = result with { Trials = [.. tried.Concat(exclusions).Select(t => t.Trial)] };
        if (best is not { } chosen) return result;

        // Heads that were chosen by are not judged by: their luck would be counted.
        DataChange[] kept = [.. candidates.Take(chosen.Trial.Changes)];
        return result with
        {
            Kept = kept,
            Judged = Gain(parts.Queries(Judges), Outcomes([], options.Repeats), Outcomes(kept, options.Repeats), RecallGain.JudgingLevel),
        };

        (FixTrial Trial, bool[][] Hits) Try(int cut, int[] queries, bool[][] from)
        {
            var with = Outcomes([.. candidates.Take(cut)], first: 0);
            return (new(cut, queries.Length, Gain(queries, from, with, ChoosingLevel)), with);
        }

        FixGain Gain(int[] queries, bool[][] from, bool[][] with, double level) => RecallGain.Of(parts, queries, from, with, options.Seed, level);
    }

    private IReadOnlyList<DataChange> Candidates(QueryParts parts)
    {
        var wrong = ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours)
            .Where(p => p.Anchor < parts.Of.Count && parts.Of[p.Anchor] == Explains).ToList();
        double[] causes = wrong.Count == 0 ? [] : harm(new("errors of the explaining part", ConfusionKind.Group, wrong));
        return ChangeCandidates.Of(model.Suspects(), causes, options.LeastVote);
    }

    private (FixTrial Trial, bool[][] Hits)? Best(IEnumerable<((FixTrial Trial, bool[][] Hits) Tried, FixGain Gain)> tried)
    {
        var passed = tried.Where(t => t.Gain.Mean >= options.LeastGain && t.Gain.Low > 0)
            .OrderByDescending(t => t.Gain.Mean).ThenBy(t => t.Tried.Trial.Changes).ToList();
        return passed.Count == 0 ? null : passed[0].Tried;
    }

    private bool[][] Outcomes(IReadOnlyList<DataChange> changes, int first) => [.. Enumerable.Range(first, options.Repeats).Select(repeat =>
    {
        var hits = trials.Retrained(changes, repeat);
        progress.Report(new("retrain the head with and without changes", ++_done, _total));
        return hits;
    })];

    private FixPart Part(QueryParts parts, bool[] hits, int part)
    {
        var queries = parts.Queries(part);
        return new(queries.Length, queries.Select(q => model.TestLabels[q]).Distinct().Count(), queries.Count(q => !hits[q]));
    }
}
