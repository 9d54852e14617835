using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>
/// Keeps the most harmful training samples of each confusion and lets all other scores go, so that one pass over the samples serves any number of
/// confusions. They stand as <see cref="ScoreRanking.MostHarmful"/> gives them: positive ones, most harmful first, equal ones by index.
/// </summary>
/// <param name="grid">One block of confusions; its samples are scored in ascending order.</param>
/// <param name="count">Samples that are kept of each confusion.</param>
internal sealed class MostHarmfulStore(ScoreGrid grid, int count) : IScoreStore, IDisposable
{
    private readonly LargestScores[] _most = [.. grid.Confusions.Select(_ => new LargestScores(count, above: 0))];
    private SolvedTargets? _solved;

    /// <summary>What was found, in the order of the confusions.</summary>
    public IReadOnlyList<IReadOnlyList<(int Sample, double Harm)>> Most => [.. _most.Select(m => m.Largest())];

    /// <summary>What the estimator says of each confusion.</summary>
    public IReadOnlyList<TargetExplanation> Explanations => _solved!.Targets;

    /// <summary>Whether any score was other than zero.</summary>
    public bool HasScore { get; private set; }

    /// <inheritdoc/>
    public bool HasSolved(int block) => _solved is not null;

    /// <inheritdoc/>
    public void KeepSolved(int block, SolvedTargets solved, TimeSpan time) => _solved = solved;

    /// <inheritdoc/>
    public SolvedTargets OpenSolved(int block) => _solved!;

    /// <inheritdoc/>
    public bool HasScores(int block, int sampleBlock) => false;

    /// <inheritdoc/>
    public void KeepScores(int block, int sampleBlock, Tensor harm, TimeSpan time)
    {
        using var scope = NewDisposeScope();
        HasScore = HasScore || harm.count_nonzero().item<long>() > 0;
        var first = (int)grid.SampleBlocks[sampleBlock].Start;
        for (var row = 0; row < _most.Length; row++)
        {
            using var scores = harm[row].to(float64).cpu().contiguous();
            _most[row].Add(MemoryMarshal.Cast<byte, double>(scores.bytes), first, sign: 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _solved?.Dispose();
}
