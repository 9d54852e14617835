using System.Globalization;
using Dml.Engine.Fixing;

namespace Dml.Engine;

/// <summary>What changes of the training data are worth on the half of the queries that judges.</summary>
/// <param name="Changes">The changes.</param>
/// <param name="Gain">R@1 without and with them.</param>
/// <param name="Queries">How many queries judge.</param>
/// <param name="Classes">Of how many classes.</param>
public sealed record JudgedEdits(IReadOnlyList<DataChange> Changes, FixGain Gain, int Queries, int Classes)
{
    private const int Halves = 2;
    private const int Judges = 1;
    private const int LeastQueries = 2;

    /// <summary>What came out, one sentence, with what it was judged by.</summary>
    public string Sentence => string.Create(CultureInfo.InvariantCulture,
        $"With {FixText.Counted(Changes)}, retraining the head gains {FixText.Points(Gain.Mean)} points of R@1 ({FixText.Points(Gain.Low)} to "
            + $"{FixText.Points(Gain.High)}) over the same retrainings without, on {Queries} queries of {Classes} classes: a fixed half that is dealt out by "
            + $"chance. Decisions that were made by looking at errors of these queries make the gain look larger than it is.");

    internal static JudgedEdits Of(
        Model model, DataEdits edits, FixOptions options, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        _ = edits.LabelsOf(model);
        var trials = new HeadTrials(model, [], options, (_, compute) => compute(), cancellationToken);
        var hits = trials.AsTrained();
        if (hits.Length < LeastQueries)
        {
            throw new DmlException($"{model.Features.Source}: expected at least {LeastQueries} test queries to judge by, found {hits.Length}; add test items.");
        }

        var parts = QueryParts.Deal([.. model.TestLabels.Take(hits.Length)], hits, options.Seed, Halves);
        var judging = parts.Queries(Judges);
        var changes = edits.ChangesOf(model);
        var done = 0;
        var without = Outcomes([]);
        return new(
            changes, RecallGain.Of(parts, judging, without, Outcomes(changes), options.Seed, RecallGain.JudgingLevel), judging.Length,
            judging.Select(q => model.TestLabels[q]).Distinct().Count());

        bool[][] Outcomes(IReadOnlyList<DataChange> made) => [.. Enumerable.Range(0, options.Repeats).Select(repeat =>
        {
            progress.Report(new(made.Count == 0 ? "train heads without the changes" : "train heads with the changes", done++, 2 * options.Repeats));
            return trials.Retrained(made, repeat);
        })];
    }
}
