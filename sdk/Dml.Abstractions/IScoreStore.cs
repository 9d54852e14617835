using static TorchSharp.torch;

namespace Dml;

/// <summary>Keeps what is computed of a <see cref="ScoreGrid"/>, in memory or in files. Blocks are named by their indices in the grid.</summary>
public interface IScoreStore
{
    /// <summary>Whether a block of confusions is solved.</summary>
    /// <param name="block">The block of confusions.</param>
    bool HasSolved(int block);

    /// <summary>Keeps a solved block of confusions.</summary>
    /// <param name="block">The block of confusions.</param>
    /// <param name="solved">Becomes the store's, which disposes of it.</param>
    /// <param name="time">How long solving took.</param>
    void KeepSolved(int block, SolvedTargets solved, TimeSpan time);

    /// <summary>A solved block of confusions; the caller disposes of it.</summary>
    /// <param name="block">The block of confusions, which is solved.</param>
    SolvedTargets OpenSolved(int block);

    /// <summary>Whether the scores of a cell are there.</summary>
    /// <param name="block">The block of confusions.</param>
    /// <param name="sampleBlock">The block of training samples.</param>
    bool HasScores(int block, int sampleBlock);

    /// <summary>Keeps the scores of a cell.</summary>
    /// <param name="block">The block of confusions.</param>
    /// <param name="sampleBlock">The block of training samples.</param>
    /// <param name="harm">(t, n), a row for each confusion of the block; stays the caller's.</param>
    /// <param name="time">How long scoring took.</param>
    void KeepScores(int block, int sampleBlock, Tensor harm, TimeSpan time);
}
