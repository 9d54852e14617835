namespace Dml.Engine.Explaining;

/// <summary>Fills the grid of an influence computation through files, passing over what is there already.</summary>
internal static class InfluenceEngine
{
    /// <summary>Computes a part.</summary>
    /// <param name="session">The estimator, prepared.</param>
    /// <param name="parts">Where parts are kept.</param>
    /// <param name="shard">Which part.</param>
    /// <param name="solveOnly">Solve the targets and score nothing.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">A part of the samples is asked for before the targets are solved, or a score is not finite.</exception>
    public static void Run(
        InfluenceSession session, InfluenceParts parts, Shard shard, bool solveOnly, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var grid = parts.Plan.Grid;
        var targets = Blocks(shard, ShardAxis.Targets, grid.ConfusionBlocks.Count);
        if (!solveOnly && shard.NeedsSolvedTargets && !targets.All(parts.HasSolved)) throw Shard.Unsolved();
        grid.Solve(session.Estimator, parts, targets, progress, cancellationToken);
        if (!solveOnly) grid.Score(session.Estimator, parts, targets, Blocks(shard, ShardAxis.Samples, grid.SampleBlocks.Count), progress, cancellationToken);
    }

    private static int[] Blocks(Shard shard, ShardAxis axis, int count) => [.. Enumerable.Range(0, count).Take(shard.Of(axis, count))];
}
