using System.Diagnostics;

namespace Dml.Engine.Explaining;

/// <summary>Fills the grid of an influence computation, block by block, passing over what is there already.</summary>
internal static class InfluenceEngine
{
    /// <summary>Computes a part.</summary>
    /// <param name="session">The estimator, prepared.</param>
    /// <param name="parts">Where parts are kept.</param>
    /// <param name="shard">Which part.</param>
    /// <param name="solveOnly">Solve the targets and score nothing.</param>
    /// <param name="progress">Told about the work.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">A part of the samples is asked for before the targets are solved, or a score is not finite.</exception>
    public static void Run(InfluenceSession session, InfluenceParts parts, Shard shard, bool solveOnly, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var plan = parts.Plan;
        int[] targetBlocks = [.. Enumerable.Range(0, plan.TargetBlocks.Count).Take(shard.Of(ShardAxis.Targets, plan.TargetBlocks.Count))];
        int[] sampleBlocks = [.. Enumerable.Range(0, plan.SampleBlocks.Count).Take(shard.Of(ShardAxis.Samples, plan.SampleBlocks.Count))];
        if (!solveOnly && shard.NeedsSolvedTargets && !targetBlocks.All(parts.HasSolved)) throw Shard.Unsolved();
        Solve(session, parts, targetBlocks, progress, cancellationToken);
        if (!solveOnly) Score(session, parts, targetBlocks, sampleBlocks, progress, cancellationToken);
    }

    /// <summary>Solved targets always come from their files, so that every process scores against the same bytes at the same alignment.</summary>
    private static void Solve(InfluenceSession session, InfluenceParts parts, int[] targetBlocks, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        foreach (var block in targetBlocks.Where(t => !parts.HasSolved(t)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var range = parts.Plan.TargetBlocks[block];
            var start = Stopwatch.GetTimestamp();
            using var solved = session.Estimator.Solve([.. parts.Plan.Targets.Skip((int)range.Start).Take((int)range.Count).Select(t => t.Confusion())], progress, cancellationToken);
            parts.WriteSolved(block, solved, Stopwatch.GetElapsedTime(start).TotalSeconds);
            progress.Report(new("targets solved", range.Start + range.Count, parts.Plan.Targets.Count));
        }
    }

    private static void Score(InfluenceSession session, InfluenceParts parts, int[] targetBlocks, int[] sampleBlocks, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var solved = new Dictionary<int, SolvedTargets>();
        try
        {
            foreach (var sampleBlock in sampleBlocks)
            {
                int[] missing = [.. targetBlocks.Where(t => !parts.HasCell(t, sampleBlock))];
                if (missing.Length == 0) continue;
                cancellationToken.ThrowIfCancellationRequested();
                var samples = parts.Plan.SampleBlocks[sampleBlock];
                var start = Stopwatch.GetTimestamp();
                using var block = session.Estimator.At(samples);
                foreach (var targetBlock in missing)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (!solved.TryGetValue(targetBlock, out var targets)) solved[targetBlock] = targets = parts.Solved(targetBlock);
                    using var harm = block.Score(targets);
                    InfluenceScoring.RequireFinite(harm, targets.Targets, samples);
                    parts.WriteCell(targetBlock, sampleBlock, harm, Stopwatch.GetElapsedTime(start).TotalSeconds);
                    start = Stopwatch.GetTimestamp();
                }

                progress.Report(new("harm of training samples", samples.Start + samples.Count, parts.Plan.TrainingSamples));
            }
        }
        finally
        {
            foreach (var targets in solved.Values) targets.Dispose();
        }
    }
}
