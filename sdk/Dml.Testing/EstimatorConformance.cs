using Dml.Torch;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>
/// Checks that an estimator keeps the contract of <see cref="IInfluenceEstimator"/> on a small built-in model with a softmax loss of
/// proxy cosines, and where it explains losses that are no mean of samples on one with a loss of pairs, on a CPU.
/// </summary>
public static class EstimatorConformance
{
    /// <summary>
    /// Checks, in float32 and float64: harm of shape (T, N), dtype and finite values, explanations in the order of the confusions with
    /// their distances, harm that is not all zero, its sign where there is one, against first-order products and against retraining without each
    /// sample, that a batch of targets equals one by one, that blocks of samples equal all at once, that a repeated call gives the same, that
    /// inputs stay as they are, that cancelling stops a call, and no tensor growth.
    /// </summary>
    /// <param name="make">Makes the estimator; called several times, each result is disposed of.</param>
    /// <exception cref="ConformanceException">The estimator breaks its contract.</exception>
    public static void Check(Func<IInfluenceEstimator> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        NativeTorch.EnsureLoaded();
        Expect.On("docs/estimators.md#writing-an-estimator", () => CheckAll(make));
    }

    private static void CheckAll(Func<IInfluenceEstimator> make)
    {
        foreach (var (precision, ofPairs) in new[] { (float32, false), (float64, false), (float32, true), (float64, true) })
        {
            using var scope = NewDisposeScope();
            using var estimator = make();
            Expect.That(estimator is not null, $"The maker: expected an IInfluenceEstimator, found null; return a new estimator.");
            if (ofPairs && !estimator!.ExplainsBatchLosses) continue;
            using var problem = new EstimatorProblem(precision, ofPairs);
            var name = estimator!.GetType().Name;
            try
            {
                estimator.Prepare(problem.Context, new IgnoredProgress(), CancellationToken.None);
            }
            catch (DmlException refused) when (ofPairs && refused.Message.Contains(problem.Loss.GetType().Name, StringComparison.Ordinal))
            {
                // With some options it may explain no such loss, and says so by name.
                continue;
            }

            Results(estimator, problem, $"{name}.Score");
            Repeats(estimator, problem, $"{name}.Score");
            Blocks(estimator, problem, $"{name}.Score");
            InfluenceScoring.Score(estimator, problem.Context, EstimatorProblem.Confusions, new IgnoredProgress(), CancellationToken.None).Dispose();
            Expect.That(
                problem.IsUnchanged(),
                $"{name}.Score: expected the context's tensors and the loss's parameters to stay as they are, found them changed; work on copies.");
            Cancelling(estimator, $"{name}.Solve");
        }

        Growth(make);
    }

    private static void Results(IInfluenceEstimator estimator, EstimatorProblem problem, string member)
    {
        using var scope = NewDisposeScope();
        var confusions = EstimatorProblem.Confusions;
        using var scores = Score(estimator, problem, confusions, member);
        Expect.Form(
            scores.Harm, [confusions.Count, problem.Context.TrainCount], problem.Context.Precision, $"{member}, Harm",
            "give one row a confusion and one column a training sample");
        Expect.That(!scores.Harm.requires_grad, $"{member}, Harm: expected values without a graph, found a tensor that requires a gradient; detach it.");
        Expect.That(
            scores.Targets.Count == confusions.Count,
            $"{member}, Targets: expected {confusions.Count} explanations, found {scores.Targets.Count}; give one a confusion.");
        Expect.That(
            scores.Harm.count_nonzero().item<long>() > 0,
            $"{member}, Harm: expected values that are not all zero with {problem.Loss.GetType().Name}, found zeros; "
                + $"of a loss that is no mean of samples take the shares (LossShares), or let ExplainsBatchLosses be false.");
        foreach (var (row, (confusion, target)) in confusions.Zip(scores.Targets).Index())
        {
            Expect.That(
                target.Confusion == confusion,
                $"{member}, Targets: expected \"{confusion.Name}\" at place {row}, found \"{target.Confusion.Name}\"; keep the order of the confusions given.");
            var distance = problem.Distance(confusion, problem.Context.HeadWeight).to(float64).item<double>();
            Expect.That(Math.Abs(target.Distance - distance) <= 1e-4 * distance, $"{member}, Targets: expected the distance {distance:G6} "
                + $"of \"{confusion.Name}\" at the trained W, found {target.Distance:G6}; see ConfusionDistance.");
            var agreement = (scores.Harm[row] * problem.FirstOrderHarm(confusion)).sum().to(float64).item<double>();
            Expect.That(!estimator.IsSigned || agreement > 0, $"{member}, Harm: expected values above 0 for samples whose "
                + $"training brings the confused items of \"{confusion.Name}\" together, found the opposite; turn the sign.");
        }

        if (estimator.IsSigned && problem.Context.Precision == float64) Retraining(problem, scores.Harm, member);
    }

    /// <summary>What first-order products do not see: the head is trained further without each sample in turn.</summary>
    private static void Retraining(EstimatorProblem problem, Tensor harm, string member)
    {
        using var scope = NewDisposeScope();
        var changes = problem.RetrainedChange();
        foreach (var (row, confusion) in EstimatorProblem.Confusions.Index())
        {
            var (scores, change) = (harm[row], changes[row]);
            var cosine = nn.functional.cosine_similarity(scores, change, dim: 0).item<double>();
            Expect.That(cosine > 0, $"{member}, Harm: expected values above 0 for samples without which retraining moves the confused items of "
                + $"\"{confusion.Name}\" apart, found a cosine of {cosine:0.00} to the change of d over {change.shape[0]} retrainings; turn the sign.");
        }
    }

    private static void Repeats(IInfluenceEstimator estimator, EstimatorProblem problem, string member)
    {
        using var scope = NewDisposeScope();
        var confusions = EstimatorProblem.Confusions;
        using var first = Score(estimator, problem, confusions, member);
        using var second = Score(estimator, problem, confusions, member);
        Expect.Close(
            first.Harm, second.Harm, 0, member, "the same values from a second call", "keep no state of a call and draw random numbers from a fixed seed");
        var tolerance = problem.Context.Precision == float64 ? 1e-9 : 1e-3;
        foreach (var (row, confusion) in confusions.Index())
        {
            using var alone = Score(estimator, problem, [confusion], member);
            Expect.Close(
                first.Harm[row], alone.Harm[0], tolerance, member, $"the same values for \"{confusion.Name}\" alone as in a batch",
                "share nothing between confusions but what Prepare made");
        }
    }

    private static void Blocks(IInfluenceEstimator estimator, EstimatorProblem problem, string member)
    {
        using var scope = NewDisposeScope();
        using var whole = Score(estimator, problem, EstimatorProblem.Confusions, member);
        using var blocks = Score(estimator, problem, EstimatorProblem.Confusions, member, 7);
        Expect.Close(
            whole.Harm, blocks.Harm, problem.Context.Precision == float64 ? 1e-9 : 1e-3, member,
            "the same values for training samples in blocks of 7 as all at once", "share nothing between samples but what Prepare and Solve made");
    }

    private static void Cancelling(IInfluenceEstimator estimator, string member)
    {
        try
        {
            estimator.Solve(EstimatorProblem.Confusions, new IgnoredProgress(), new(canceled: true)).Dispose();
        }
        catch (OperationCanceledException)
        {
            return;
        }

        throw new ConformanceException($"{member}: expected an OperationCanceledException once the token is cancelled, found that the call ended as usual; "
            + "call ThrowIfCancellationRequested in the loops.");
    }

    private static void Growth(Func<IInfluenceEstimator> make)
    {
        using var problem = new EstimatorProblem(float32);
        string name;
        using (var estimator = make())
        {
            name = estimator.GetType().Name;
            estimator.Prepare(problem.Context, new IgnoredProgress(), CancellationToken.None);
            Expect.NoGrowth($"{name}.Solve and Score", 10, () => Score(estimator, problem, EstimatorProblem.Confusions, "Score").Dispose());
        }

        // Its own scope: what Prepare leaves there is the caller's to free, what an estimator takes out of it is freed by Dispose.
        Expect.NoGrowth($"{name}.Dispose", 3, () =>
        {
            using var scope = NewDisposeScope();
            using var estimator = make();
            estimator.Prepare(problem.Context, new IgnoredProgress(), CancellationToken.None);
            Score(estimator, problem, EstimatorProblem.Confusions, "Score").Dispose();
        }, "free in Dispose what Prepare and Score keep");
    }

    /// <summary>Through the estimator's own two steps, so that a wrong shape is told rather than refused.</summary>
    private static HarmScores Score(
        IInfluenceEstimator estimator, EstimatorProblem problem, IReadOnlyList<Confusion> confusions, string member, long blockSize = long.MaxValue)
    {
        using var solved = estimator.Solve(confusions, new IgnoredProgress(), CancellationToken.None)
            ?? throw new ConformanceException($"{member}: expected solved targets, found null; return one explanation a confusion.");
        var blocks = SampleRange.Grid(problem.Context.TrainCount, Math.Min(blockSize, problem.Context.TrainCount)).Select(samples =>
        {
            using var block = estimator.At(samples);
            return block.Score(solved) ?? throw new ConformanceException($"{member}: expected scores, found null; return one row a confusion.");
        }).ToArray();
        if (blocks.Length == 1) return new(blocks[0], solved.Targets);
        try
        {
            return new(cat(blocks, 1), solved.Targets);
        }
        finally
        {
            foreach (var block in blocks) block.Dispose();
        }
    }
}
