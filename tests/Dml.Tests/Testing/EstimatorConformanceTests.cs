using Dml.Plugins;
using Dml.Testing;
using static TorchSharp.torch;

namespace Dml.Tests.Testing;

public sealed class EstimatorConformanceTests
{
    public enum Fault
    {
        Transposed,
        WrongDtype,
        NotFinite,
        OtherOrder,
        MissingTarget,
        WrongDistance,
        OppositeSign,
        AgainstRetraining,
        SeesTheBatch,
        SeesTheBlock,
        ChangesWithCalls,
        ChangesInputs,
        IgnoresCancelling,
        Leaks,
        KeepsItsCache,
    }

    [Theory]
    [InlineData(EifPath.Fast)]
    [InlineData(EifPath.General)]
    public void Eif_keeps_the_contract(EifPath path) => EstimatorConformance.Check(() => new EifEstimator(new() { Path = path }));

    [Theory]
    [InlineData(
        Fault.Transposed, "FakeEstimator.Score, Harm: expected shape (3, 24), found (24, 3); give one row a confusion and one column a training sample.")]
    [InlineData(
        Fault.WrongDtype,
        "FakeEstimator.Score, Harm: expected dtype float64, found float32; convert the plugin's own tensors to the dtype of what it is given.")]
    [InlineData(Fault.NotFinite, "FakeEstimator.Score, Harm: expected finite values, found NaN or infinity; guard divisions, logarithms and exponentials.")]
    [InlineData(
        Fault.OtherOrder, "FakeEstimator.Score, Targets: expected \"pair 0:4\" at place 0, found \"pair 3:7\"; keep the order of the confusions given.")]
    [InlineData(Fault.MissingTarget, "FakeEstimator.Score, Targets: expected 3 explanations, found 2; give one a confusion.")]
    [InlineData(Fault.WrongDistance, "FakeEstimator.Score, Targets: expected the distance * of \"pair 0:4\" at the trained W, found 5; see ConfusionDistance.")]
    [InlineData(Fault.OppositeSign, "FakeEstimator.Score, Harm: expected values above 0 for samples whose "
        + "training brings the confused items of \"pair 0:4\" together, found the opposite; turn the sign.")]
    [InlineData(Fault.AgainstRetraining, "FakeEstimator.Score, Harm: expected values above 0 for samples without which retraining moves the confused items "
        + "of \"pair 0:4\" apart, found a cosine of -0.0* to the change of d over 24 retrainings; turn the sign.")]
    [InlineData(Fault.SeesTheBatch, "FakeEstimator.Score: expected the same values for \"pair 0:4\" alone as in a batch, found a relative difference of *; "
        + "share nothing between confusions but what Prepare made.")]
    [InlineData(Fault.SeesTheBlock, "FakeEstimator.Score: expected the same values for training samples in blocks of 7 as all at once, "
        + "found a relative difference of *; share nothing between samples but what Prepare and Solve made.")]
    [InlineData(Fault.ChangesWithCalls, "FakeEstimator.Score: expected the same values from a second call, found a relative difference of *; "
        + "keep no state of a call and draw random numbers from a fixed seed.")]
    [InlineData(
        Fault.ChangesInputs,
        "FakeEstimator.Score: expected the context's tensors and the loss's parameters to stay as they are, found them changed; work on copies.")]
    [InlineData(Fault.IgnoresCancelling, "FakeEstimator.Solve: expected an OperationCanceledException once the token is cancelled, "
        + "found that the call ended as usual; call ThrowIfCancellationRequested in the loops.")]
    [InlineData(Fault.Leaks,
        "FakeEstimator.Solve and Score: expected no tensor to stay alive, found 10 after 10 calls; open a dispose scope and move only the result out of it.")]
    [InlineData(
        Fault.KeepsItsCache, "FakeEstimator.Dispose: expected no tensor to stay alive, found 3 after 3 calls; free in Dispose what Prepare and Score keep.")]
    public void A_broken_estimator_is_told_what_is_wrong(Fault fault, string sentence)
    {
        var error = Assert.Throws<ConformanceException>(() => EstimatorConformance.Check(() => new FakeEstimator(fault)));
        Sentences.AssertLike(sentence, error.Sentence);
        Assert.Equal("docs/estimators.md#writing-an-estimator", error.Page);
    }

    /// <summary>(T, N): agrees with first-order products and contradicts retraining, which no estimator can see that knows but one of the two.</summary>
    private static Tensor AgainstRetraining()
    {
        using var scope = NewDisposeScope();
        using var problem = new EstimatorProblem(float64);
        var products = nn.functional.normalize(stack(EstimatorProblem.Confusions.Select(problem.FirstOrderHarm)), dim: 1);
        var changes = nn.functional.normalize(problem.RetrainedChange(), dim: 1);
        var cosines = (products * changes).sum(1, keepdim: true);
        return (products - (changes * (cosines + (1 / cosines)) / 2)).MoveToOuterDisposeScope();
    }

    /// <summary>EIF with one fault.</summary>
    private sealed class FakeEstimator(Fault fault) : IInfluenceEstimator
    {
        private readonly EifEstimator _right = new(new());
        private InfluenceContext? _context;
        private Tensor? _cache;
        private int _calls;

        public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
        {
            _context = context;
            _cache = fault == Fault.KeepsItsCache ? context.TrainFeatures.clone().DetachFromDisposeScope() : null;
            _right.Prepare(context, progress, cancellationToken);
        }

        public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
        {
            _calls++;
            if (fault == Fault.Leaks) _ = zeros(1);
            if (fault == Fault.ChangesInputs) _context!.TestFeatures[0, 0] = 0.25;
            var solved = _right.Solve(confusions, progress, fault == Fault.IgnoresCancelling ? CancellationToken.None : cancellationToken);
            var targets = solved.Targets;
            return solved with
            {
                Targets = fault switch
                {
                    Fault.OtherOrder => [.. targets.Reverse()],
                    Fault.MissingTarget => [.. targets.Skip(1)],
                    Fault.WrongDistance => [.. targets.Select(t => t with { Distance = 5 })],
                    _ => targets,
                },
            };
        }

        public ISampleBlock At(SampleRange samples) => new FakeBlock(fault, _calls, _right.At(samples), samples);

        public void Dispose()
        {
            _right.Dispose();
            if (fault != Fault.KeepsItsCache) _cache?.Dispose();
        }
    }

    private sealed class FakeBlock(Fault fault, int calls, ISampleBlock right, SampleRange samples) : ISampleBlock
    {
        public Tensor Score(SolvedTargets targets)
        {
            using var scope = NewDisposeScope();
            var harm = right.Score(fault == Fault.MissingTarget ? targets with { Targets = [.. targets.Targets.Append(targets.Targets[0])] } : targets);
            var wrong = fault switch
            {
                Fault.Transposed => harm.t(),
                Fault.WrongDtype => harm.to(float32),
                Fault.NotFinite => harm / 0,
                Fault.OppositeSign => -harm,
                Fault.AgainstRetraining => stack(targets.Targets.Select(Contradiction)).narrow(1, samples.Start, samples.Count).to(harm.dtype),
                Fault.SeesTheBatch => harm * targets.Targets.Count,
                Fault.ChangesWithCalls => harm * calls,
                Fault.SeesTheBlock => harm * harm.shape[1],
                _ => harm,
            };
            return wrong.MoveToOuterDisposeScope();
        }

        private static Tensor Contradiction(TargetExplanation target) =>
            AgainstRetraining()[EstimatorProblem.Confusions.ToList().FindIndex(c => c.Name == target.Confusion.Name)];

        public void Dispose() => right.Dispose();
    }
}
