using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A term of a loss of pairs, a mean over anchors or over whatever they count: <c>sum_a w_a v_a / B</c>, or with counts <c>sum_a w_a v_a / sum_a w_a n_a</c>.
/// </summary>
/// <param name="Values">v, (n): for each anchor its value, in which a partner's say is its weight.</param>
/// <param name="Counts">
/// n, (n): how many the value is a sum of, such as pairs that are not zero, each by its partners' weights; null for a mean over all anchors. It does not
/// depend on the embeddings but for which are counted.
/// </param>
public readonly record struct PairTerm(Tensor Values, Tensor? Counts = null);
