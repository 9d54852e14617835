using static TorchSharp.torch;

namespace Dml;

/// <summary>Runs an estimator over a whole training set in memory.</summary>
public static class InfluenceScoring
{
    private const int BlockSize = 4096;

    /// <summary>Scores every training sample for every confusion.</summary>
    /// <param name="estimator">Prepared with the context.</param>
    /// <param name="context">The model to explain.</param>
    /// <param name="confusions">At least one.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">A score is NaN or infinite.</exception>
    public static HarmScores Score(
        this IInfluenceEstimator estimator, InfluenceContext context, IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var grid = new ScoreGrid(confusions, context.TrainCount, Math.Max(1, confusions.Count), BlockSize);
        using var store = new MemoryStore();
        grid.Solve(estimator, store, [0], progress, cancellationToken);
        using var scope = NewDisposeScope();
        var harm = zeros([confusions.Count, context.TrainCount], dtype: context.Precision, device: context.HeadWeight.device);
        store.Scores = (harm, grid);
        grid.Score(estimator, store, [0], Enumerable.Range(0, grid.SampleBlocks.Count), progress, cancellationToken);
        return new(harm.MoveToOuterDisposeScope(), store.Explanations);
    }

    /// <summary>Refuses NaN and infinity: they never leave an estimator.</summary>
    /// <param name="harm">(T, n).</param>
    /// <param name="targets">T explanations.</param>
    /// <param name="samples">The n samples.</param>
    /// <exception cref="DmlException">There is one; the message names the target and the first sample.</exception>
    public static void RequireFinite(Tensor harm, IReadOnlyList<TargetExplanation> targets, SampleRange samples)
    {
        ArgumentNullException.ThrowIfNull(harm);
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = NewDisposeScope();
        // The sum of what is finite is finite but for an overflow, which the exact test then acquits.
        if (double.IsFinite(harm.sum(float64).item<double>())) return;
        var bad = harm.isfinite().logical_not().nonzero();
        if (bad.shape[0] == 0) return;
        throw new DmlException(
            $"Expected finite influence of every training sample on \"{targets[(int)bad[0, 0].item<long>()].Confusion.Name}\", "
                + $"found NaN or infinity at training sample {samples.Start + bad[0, 1].item<long>()}; "
                + "check the features for extreme values, or take smaller steps (estimator.learningRate).");
    }

    /// <summary>All confusions in one block, all scores in one matrix.</summary>
    private sealed class MemoryStore : IScoreStore, IDisposable
    {
        private SolvedTargets? _solved;

        /// <summary>The matrix to fill, (T, N), and the grid of its cells.</summary>
        public (Tensor Harm, ScoreGrid Grid) Scores { get; set; }

        public IReadOnlyList<TargetExplanation> Explanations => _solved!.Targets;

        public bool HasSolved(int block) => _solved is not null;

        public void KeepSolved(int block, SolvedTargets solved, TimeSpan time) => _solved = solved;

        public SolvedTargets OpenSolved(int block) => _solved!;

        public bool HasScores(int block, int sampleBlock) => false;

        public void KeepScores(int block, int sampleBlock, Tensor harm, TimeSpan time)
        {
            var range = Scores.Grid.SampleBlocks[sampleBlock];
            using var columns = Scores.Harm.narrow(1, range.Start, range.Count);
            columns.copy_(harm);
        }

        public void Dispose() => _solved?.Dispose();
    }
}
