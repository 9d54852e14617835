using static TorchSharp.torch;

namespace Dml;

/// <summary>
/// Chooses which pairs of a batch a loss of pairs counts. It is a plugin that another plugin's options choose, as the loss <c>mined</c> does with
/// <c>PluginChoice&lt;IPairMiner&gt;</c>.
/// </summary>
/// <remarks>
/// A choice has no derivative: training and explaining hold it fixed where they differentiate, so what a miner says reaches scores through the pairs
/// that it leaves alone.
/// </remarks>
public interface IPairMiner
{
    /// <summary>
    /// The pairs that count. An anchor's choice depends on its own row alone and not on the order of its partners, ties apart, since anchors are taken in
    /// blocks of any size; it changes nothing that it is given.
    /// </summary>
    /// <param name="pairs">Some anchors and their partners.</param>
    /// <returns>Two masks of the shape of the candidates, each a part of these. The caller opens a dispose scope.</returns>
    MinedPairs Choose(PairCandidates pairs);
}

/// <summary>Some samples of a batch as anchors, and all as their partners.</summary>
/// <param name="Cosines">(n, N), cosines of unit embeddings in float32 or float64, without a graph.</param>
/// <param name="Positives">(n, N), bool: the partner is another sample of the anchor's class, and not left out.</param>
/// <param name="Negatives">(n, N), bool: the partner is of another class, and not left out.</param>
public sealed record PairCandidates(Tensor Cosines, Tensor Positives, Tensor Negatives);

/// <summary>The pairs that count.</summary>
/// <param name="Positives">(n, N), bool, a part of the candidates'.</param>
/// <param name="Negatives">(n, N), bool, a part of the candidates'.</param>
public sealed record MinedPairs(Tensor Positives, Tensor Negatives);
