using Dml.Plugins;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>Scores of another shape are the estimator's fault and told as such, wherever they would have been written to.</summary>
public sealed class ScoreShapeTests
{
    [Fact]
    public void Harm_with_rows_and_columns_exchanged_is_told()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var estimator = new Transposed();
        estimator.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        var error = Assert.Throws<DmlException>(
            () => estimator.Score(problem.Context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None));
        Assert.Equal(
            "Transposed.Score: expected harm of shape (2, 12), a row a confusion and a column a training sample, found (12, 2); correct the estimator.",
            error.Message);
    }

    private sealed class Transposed : IInfluenceEstimator
    {
        private readonly TracInEstimator _right = new(new());

        public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
            _right.Prepare(context, progress, cancellationToken);

        public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
            _right.Solve(confusions, progress, cancellationToken);

        public ISampleBlock At(SampleRange samples) => new Block(_right.At(samples));

        public void Dispose() => _right.Dispose();
    }

    private sealed class Block(ISampleBlock right) : ISampleBlock
    {
        public Tensor Score(SolvedTargets targets)
        {
            using var harm = right.Score(targets);
            return harm.t().contiguous();
        }

        public void Dispose() => right.Dispose();
    }
}
