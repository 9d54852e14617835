using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

public sealed class ScoreGridTests : IDisposable
{
    private static readonly Confusion[] Confusions = [.. Enumerable.Range(0, 5).Select(i => Confusion.Of(new(i, i + 1)))];

    private readonly CountingEstimator _estimator = new();
    private readonly Dictionary<(int Block, int SampleBlock), double[]> _cells = [];

    private ScoreGrid Grid { get; } = new(Confusions, 7, 2, 3);

    public void Dispose() => _estimator.Dispose();

    [Fact]
    public void Blocks_cover_confusions_and_samples()
    {
        Assert.Equal([new(0, 2), new(2, 2), new(4, 1)], Grid.ConfusionBlocks);
        Assert.Equal([new(0, 3), new(3, 3), new(6, 1)], Grid.SampleBlocks);
    }

    [Fact]
    public void Cells_hold_the_scores_of_their_confusions_and_samples()
    {
        var store = new CellStore(_cells);
        Grid.Solve(_estimator, store, [0, 1, 2], SilentProgress.Instance, CancellationToken.None);
        Grid.Score(_estimator, store, [0, 1, 2], [0, 1, 2], SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(9, _cells.Count);
        Assert.Equal([203, 204, 205, 303, 304, 305], _cells[(1, 1)]);
        Assert.Equal([406], _cells[(2, 2)]);
        Assert.Equal((3, 3), (_estimator.Solved, _estimator.Blocks));
    }

    [Fact]
    public void What_is_there_is_not_computed_again()
    {
        var store = new CellStore(_cells);
        Grid.Solve(_estimator, store, [1], SilentProgress.Instance, CancellationToken.None);
        Grid.Solve(_estimator, store, [1], SilentProgress.Instance, CancellationToken.None);
        _cells[(1, 0)] = [1];
        Grid.Score(_estimator, store, [1], [0, 1], SilentProgress.Instance, CancellationToken.None);
        Assert.Equal((1, 1), (_estimator.Solved, _estimator.Blocks));
        Assert.Equal([1], _cells[(1, 0)]);
        Assert.Equal([203, 204, 205, 303, 304, 305], _cells[(1, 1)]);
    }

    [Fact]
    public void It_stops_between_cells()
    {
        using var source = new CancellationTokenSource();
        var store = new CellStore(_cells) { Kept = source.Cancel };
        Grid.Solve(_estimator, store, [0, 1], SilentProgress.Instance, CancellationToken.None);
        Assert.Throws<OperationCanceledException>(() => Grid.Score(_estimator, store, [0, 1], [0, 1], SilentProgress.Instance, source.Token));
        Assert.Single(_cells);
        Assert.Equal(0, store.Open);
    }

    /// <summary>Keeps every cell; solved confusions need nothing but their names.</summary>
    private sealed class CellStore(Dictionary<(int, int), double[]> cells) : IScoreStore
    {
        private readonly Dictionary<int, SolvedTargets> _solved = [];

        public Action Kept { get; init; } = () => { };

        /// <summary>Blocks of confusions that were opened and not disposed of.</summary>
        public int Open => _states.Count(s => !s.IsInvalid);

        private readonly List<Tensor> _states = [];

        public bool HasSolved(int block) => _solved.ContainsKey(block);

        public void KeepSolved(int block, SolvedTargets solved, TimeSpan time) => _solved[block] = solved;

        public SolvedTargets OpenSolved(int block)
        {
            _states.Add(zeros(1).DetachFromDisposeScope());
            return _solved[block] with { State = new Dictionary<string, Tensor> { ["any"] = _states[^1] } };
        }

        public bool HasScores(int block, int sampleBlock) => cells.ContainsKey((block, sampleBlock));

        public void KeepScores(int block, int sampleBlock, Tensor harm, TimeSpan time)
        {
            cells[(block, sampleBlock)] = harm.data<double>().ToArray();
            Kept();
        }
    }

    /// <summary>Harm of sample n on confusion t is 100 t + n.</summary>
    private sealed class CountingEstimator : IInfluenceEstimator
    {
        public int Solved { get; private set; }

        public int Blocks { get; private set; }

        public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
        {
        }

        public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
        {
            Solved++;
            return new([.. confusions.Select(c => new TargetExplanation(c, 0, [], "counting"))], new Dictionary<string, Tensor>());
        }

        public ISampleBlock At(SampleRange samples)
        {
            Blocks++;
            return new Block(samples);
        }

        public void Dispose()
        {
        }

        private sealed class Block(SampleRange samples) : ISampleBlock
        {
            public Tensor Score(SolvedTargets targets) => tensor(
                targets.Targets
                    .SelectMany(t => Enumerable.Range(0, (int)samples.Count).Select(n => 100.0 * t.Confusion.Pairs[0].Anchor + samples.Start + n)).ToArray(),
                [targets.Targets.Count, samples.Count]);

            public void Dispose()
            {
            }
        }
    }
}
