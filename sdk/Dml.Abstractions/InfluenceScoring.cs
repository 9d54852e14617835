using static TorchSharp.torch;

namespace Dml;

/// <summary>Runs an estimator over a whole training set in memory.</summary>
public static class InfluenceScoring
{
    private const long BlockSize = 4096;

    /// <summary>Scores every training sample for every confusion.</summary>
    /// <param name="estimator">Prepared with the context.</param>
    /// <param name="context">The model to explain.</param>
    /// <param name="confusions">At least one.</param>
    /// <param name="progress">Told about long work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">A score is NaN or infinite.</exception>
    public static HarmScores Score(
        this IInfluenceEstimator estimator, InfluenceContext context, IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        using var solved = estimator.Solve(confusions, progress, cancellationToken);
        using var scope = NewDisposeScope();
        var harm = zeros([confusions.Count, context.TrainCount], dtype: context.Precision, device: context.HeadWeight.device);
        foreach (var samples in SampleRange.Grid(context.TrainCount, BlockSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            using var block = estimator.At(samples);
            var part = block.Score(solved);
            RequireFinite(part, solved.Targets, samples);
            harm.narrow(1, samples.Start, samples.Count).copy_(part);
            progress.Report(new("harm of training samples", samples.Start + samples.Count, context.TrainCount));
        }

        return new(harm.MoveToOuterDisposeScope(), solved.Targets);
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
            $"Expected finite influence of every training sample on \"{targets[(int)bad[0, 0].item<long>()].Confusion.Name}\", found NaN or infinity at training sample {samples.Start + bad[0, 1].item<long>()}; check the features for extreme values, or take smaller steps (estimator.learningRate).");
    }
}
