using Dml.Plugins;
using Dml.Tests.Support;
using Dml.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>A thousand targets leave no tensor and no file handle behind.</summary>
[Collection(AloneCollection.Name)]
public sealed class GrowthTests
{
    private const int Batches = 100;

    public static TheoryData<string> Estimators =>
        ["eif", "cg", "lissa", "exact", "ekfac", "datainf", "arnoldi", "logra", "trak", "tracin", "similarity", "random"];

    [Theory]
    [MemberData(nameof(Estimators))]
    public void Nothing_grows_over_a_thousand_targets(string name)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float32);
        using var estimator = Make(name);
        estimator.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        Confusion[] batch = [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? SmallProblem.Pair : SmallProblem.Group)];
        Explain();
        var (tensors, handles) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Handles());
        for (var i = 0; i < Batches; i++) Explain();
        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        // The runtime opens a handle of its own now and then; one lost with each batch would be a hundred.
        Assert.InRange(Handles() - handles, -Batches, Batches / 10);

        void Explain()
        {
            using var solved = estimator.Solve(batch, SilentProgress.Instance, CancellationToken.None);
            foreach (var samples in SampleRange.Grid(problem.Context.TrainCount, 5))
            {
                using var block = estimator.At(samples);
                block.Score(solved).Dispose();
            }
        }
    }

    private static int Handles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static IInfluenceEstimator Make(string name) => name switch
    {
        "eif" => new EifEstimator(new()),
        "trak" => new TrakEstimator(new() { Dimensions = 32 }),
        "tracin" => new TracInEstimator(new()),
        "similarity" => new SimilarityEstimator(),
        "random" => new RandomEstimator(new()),
        // The damping at which this problem's Hessian is positive.
        _ => new IfEstimator(new() { Solver = Enum.Parse<IfSolver>(name, ignoreCase: true), Lambda = 40 }),
    };
}
