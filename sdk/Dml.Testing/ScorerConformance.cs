using Dml.Torch;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>
/// Checks that a scorer keeps the contract of <see cref="ITrainingScorer"/> on a small built-in model with a softmax loss of proxy cosines, two
/// earlier moments of its training, and one wrong label, on a CPU.
/// </summary>
public static class ScorerConformance
{
    private const int BlockSize = 7;

    /// <summary>
    /// Checks, in float32 and float64: scores of shape (n), dtype, finite values and no graph, that blocks of samples equal all at once, that a
    /// repeated call and a second scorer give the same, that the sample with a wrong label is more suspicious than nine tenths of the others, that
    /// inputs stay as they are, and no tensor growth.
    /// </summary>
    /// <param name="make">Makes the scorer; called several times, each result is disposed of.</param>
    /// <exception cref="ConformanceException">The scorer breaks its contract.</exception>
    public static void Check(Func<ITrainingScorer> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        NativeTorch.EnsureLoaded();
        Expect.On("docs/estimators.md#earlier-moments-of-a-training-and-scorers", () => CheckAll(make));
    }

    private static void CheckAll(Func<ITrainingScorer> make)
    {
        foreach (var precision in new[] { float32, float64 })
        {
            using var scope = NewDisposeScope();
            using var problem = new ScorerProblem(precision);
            using var scorer = Prepared(make, problem);
            var member = $"{scorer.GetType().Name}.Score";
            var whole = Whole(scorer, problem, member);
            Expect.Form(whole, [problem.Context.TrainCount], precision, member, "give one score a sample of the block");
            Expect.That(!whole.requires_grad, $"{member}: expected values without a graph, found a tensor that requires a gradient; detach it.");
            Blocks(scorer, problem, whole, member);
            Repeats(make, scorer, problem, whole, member);
            Planted(whole, member);
            Expect.That(
                problem.IsUnchanged(),
                $"{member}: expected the context's tensors and the loss's parameters to stay as they are, found them changed; work on copies.");
        }

        Growth(make);
    }

    private static void Blocks(ITrainingScorer scorer, ScorerProblem problem, Tensor whole, string member)
    {
        using var scope = NewDisposeScope();
        var blocks = SampleRange.Grid(problem.Context.TrainCount, BlockSize).Select(samples =>
        {
            var scores = Scores(scorer, samples, member);
            Expect.Form(scores, [samples.Count], problem.Context.Precision, member, "give one score a sample of the block");
            return scores;
        });
        Expect.Close(
            whole, cat([.. blocks]), problem.Context.Precision == float64 ? 1e-9 : 1e-4, member, $"the same values in blocks of {BlockSize} as all at once",
            "let a score depend on the sample and on what Prepare made, not on its block");
    }

    private static void Repeats(Func<ITrainingScorer> make, ITrainingScorer scorer, ScorerProblem problem, Tensor whole, string member)
    {
        using var scope = NewDisposeScope();
        Expect.Close(whole, Whole(scorer, problem, member), 0, member, "the same values from a second call", "keep no state of a call");
        using var other = Prepared(make, problem);
        Expect.Close(whole, Whole(other, problem, member), 0, member, "the same values from a second scorer", "draw random numbers from a fixed seed");
    }

    private static void Planted(Tensor whole, string member)
    {
        using var scope = NewDisposeScope();
        var below = (whole < whole[ScorerProblem.Planted]).sum().item<long>();
        var others = whole.shape[0] - 1;
        Expect.That(10 * below >= 9 * others, $"{member}: expected the sample with a wrong label to be more suspicious than nine tenths of {others} others, "
            + $"found it above {below}; let higher mean more suspicious.");
    }

    private static void Growth(Func<ITrainingScorer> make)
    {
        using var problem = new ScorerProblem(float32);
        string name;
        using (var scope = NewDisposeScope())
        {
            using var scorer = Prepared(make, problem);
            name = scorer.GetType().Name;
            Expect.NoGrowth($"{name}.Score", 10, () => Whole(scorer, problem, "Score").Dispose());
        }

        // Its own scope: what Prepare leaves there is the caller's to free, what a scorer takes out of it is freed by Dispose.
        Expect.NoGrowth($"{name}.Dispose", 3, () =>
        {
            using var scope = NewDisposeScope();
            using var scorer = Prepared(make, problem);
            Whole(scorer, problem, "Score").Dispose();
        }, "free in Dispose what Prepare keeps");
    }

    private static ITrainingScorer Prepared(Func<ITrainingScorer> make, ScorerProblem problem)
    {
        var scorer = make() ?? throw new ConformanceException("The maker: expected an ITrainingScorer, found null; return a new scorer.");
        scorer.Prepare(problem.Context, new IgnoredProgress(), CancellationToken.None);
        return scorer;
    }

    private static Tensor Whole(ITrainingScorer scorer, ScorerProblem problem, string member) =>
        Scores(scorer, new(0, (int)problem.Context.TrainCount), member);

    private static Tensor Scores(ITrainingScorer scorer, SampleRange samples, string member) =>
        scorer.Score(samples) ?? throw new ConformanceException($"{member}: expected a tensor, found null; return one score a sample.");
}
