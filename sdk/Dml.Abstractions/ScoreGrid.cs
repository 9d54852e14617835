using System.Diagnostics;
using static TorchSharp.torch;

namespace Dml;

/// <summary>
/// An influence computation in blocks: a row of cells for each block of confusions, a column for each block of training samples. Each block
/// of confusions is solved once, then scored against each block of samples; where the results are kept is the store's business, so the
/// same grid is filled in memory, through files, or in part by each of several processes. What is there already is not computed again.
/// </summary>
/// <param name="confusions">At least one.</param>
/// <param name="samples">N, number of training samples.</param>
/// <param name="confusionBlock">Confusions of a block, at least 1.</param>
/// <param name="sampleBlock">Training samples of a block, at least 1.</param>
public sealed class ScoreGrid(IReadOnlyList<Confusion> confusions, long samples, int confusionBlock, int sampleBlock)
{
    /// <summary>The confusions, in the order of the rows of the harm matrix.</summary>
    public IReadOnlyList<Confusion> Confusions { get; } = confusions;

    /// <summary>The blocks of confusions, as ranges of their indices.</summary>
    public IReadOnlyList<SampleRange> ConfusionBlocks { get; } = SampleRange.Grid(confusions.Count, confusionBlock);

    /// <summary>The blocks of training samples.</summary>
    public IReadOnlyList<SampleRange> SampleBlocks { get; } = SampleRange.Grid(samples, sampleBlock);

    /// <summary>Solves blocks of confusions.</summary>
    /// <param name="estimator">Prepared with the model's context.</param>
    /// <param name="store">Where results are kept.</param>
    /// <param name="blocks">Which blocks of confusions, by index.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public void Solve(
        IInfluenceEstimator estimator, IScoreStore store, IEnumerable<int> blocks, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(progress);
        foreach (var block in blocks.Where(b => !store.HasSolved(b)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var range = ConfusionBlocks[block];
            var start = Stopwatch.GetTimestamp();
            store.KeepSolved(block, estimator.Solve(Of(range), progress, cancellationToken), Stopwatch.GetElapsedTime(start));
            progress.Report(new("targets solved", range.Start + range.Count, Confusions.Count));
        }
    }

    /// <summary>Scores blocks of training samples against blocks of confusions that are solved.</summary>
    /// <param name="estimator">Prepared with the model's context.</param>
    /// <param name="store">Has the solved confusions, and keeps the scores.</param>
    /// <param name="blocks">Which blocks of confusions, by index.</param>
    /// <param name="sampleBlocks">Which blocks of training samples, by index.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between cells.</param>
    /// <exception cref="DmlException">A score is NaN or infinite, or the scores have another shape.</exception>
    public void Score(
        IInfluenceEstimator estimator, IScoreStore store, IReadOnlyList<int> blocks, IEnumerable<int> sampleBlocks, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(sampleBlocks);
        ArgumentNullException.ThrowIfNull(progress);
        var solved = new Dictionary<int, SolvedTargets>();
        try
        {
            foreach (var sampleBlock in sampleBlocks)
            {
                int[] missing = [.. blocks.Where(b => !store.HasScores(b, sampleBlock))];
                if (missing.Length == 0) continue;
                cancellationToken.ThrowIfCancellationRequested();

                // Outside the scope below: solved confusions stay open from one block of samples to the next.
                foreach (var block in missing.Where(b => !solved.ContainsKey(b))) solved[block] = store.OpenSolved(block);
                ScoreSamples(estimator, store, sampleBlock, missing, solved, cancellationToken);
                var range = SampleBlocks[sampleBlock];
                progress.Report(new("harm of training samples", range.Start + range.Count, samples));
            }
        }
        finally
        {
            foreach (var targets in solved.Values) targets.Dispose();
        }
    }

    private void ScoreSamples(
        IInfluenceEstimator estimator, IScoreStore store, int sampleBlock, int[] blocks, Dictionary<int, SolvedTargets> solved,
        CancellationToken cancellationToken)
    {
        var range = SampleBlocks[sampleBlock];
        var start = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        using var ready = estimator.At(range);
        foreach (var block in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var harm = ready.Score(solved[block]);
            RequireShape(harm, estimator, solved[block].Targets.Count, range);
            InfluenceScoring.RequireFinite(harm, solved[block].Targets, range);
            store.KeepScores(block, sampleBlock, harm, Stopwatch.GetElapsedTime(start));
            start = Stopwatch.GetTimestamp();
        }
    }

    private static void RequireShape(Tensor harm, IInfluenceEstimator estimator, int targets, SampleRange range)
    {
        if (harm.shape is [var rows, var columns] && rows == targets && columns == range.Count) return;
        throw new DmlException($"{estimator.GetType().Name}.Score: expected harm of shape ({targets}, {range.Count}), a row a confusion and a column a "
            + $"training sample, found ({string.Join(", ", harm.shape)}); correct the estimator.");
    }

    private Confusion[] Of(SampleRange range) => [.. Confusions.Skip((int)range.Start).Take((int)range.Count)];
}
