using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Confusions with their walks done, <c>theta' = W + C^T F_G</c>: the rows of all targets lie one below the other, so that a block of
/// samples meets all of them in one matrix product.
/// </summary>
/// <param name="Items">(R), int64: test items of the targets, R = sum of r.</param>
/// <param name="Coefficients">(walks, R, E), float64: C of each walk.</param>
/// <param name="Rows">For each target its first row and their number r.</param>
/// <param name="Targets">The targets.</param>
internal sealed record WalkedTargets(Tensor Items, Tensor Coefficients, IReadOnlyList<(long First, long Count)> Rows, IReadOnlyList<TargetExplanation> Targets)
{
    private const string ItemsName = "items";
    private const string CoefficientsName = "coefficients";
    private const string CountsName = "counts";

    public static SolvedTargets Pack(
        IReadOnlyList<Confusion> confusions, IReadOnlyList<ConfusionDistance> distances, IReadOnlyList<DistanceWalk[]> walks, string path)
    {
        using var scope = NewDisposeScope();
        var items = tensor(distances.SelectMany(d => d.Items.Select(i => (long)i)).ToArray());
        var counts = tensor(distances.Select(d => (long)d.Items.Count).ToArray());
        var coefficients = stack(Enumerable.Range(0, walks[0].Length)
            .Select(w => tensor(Joined([.. walks.Select(t => t[w].Coefficients)]), [items.shape[0], distances[0].EmbeddingSize])));
        var state = new Dictionary<string, Tensor>
        {
            [ItemsName] = items.DetachFromDisposeScope(),
            [CountsName] = counts.DetachFromDisposeScope(),
            [CoefficientsName] = coefficients.DetachFromDisposeScope(),
        };
        return new(
            [
                .. confusions.Zip(walks, (confusion, target) => new TargetExplanation(
                    confusion, target[0].Trajectory[0], [.. target.Select(w => new WalkDirection(w.Sign, w.StepsDone, w.DeltaDistance))], path)),
            ],
            state);
    }

    private static double[] Joined(IReadOnlyList<double[]> parts)
    {
        var joined = new double[parts.Sum(p => p.Length)];
        var at = 0;
        foreach (var part in parts)
        {
            part.CopyTo(joined, at);
            at += part.Length;
        }

        return joined;
    }

    public static WalkedTargets Unpack(SolvedTargets solved)
    {
        var rows = new List<(long, long)>();
        var first = 0L;
        foreach (var count in solved.State[CountsName].data<long>().ToArray())
        {
            rows.Add((first, count));
            first += count;
        }

        return new(solved.State[ItemsName], solved.State[CoefficientsName], rows, solved.Targets);
    }

    /// <summary>The factor of a walk's loss change in the harm of a target: d's change over the number of walks.</summary>
    public double Factor(int target, int walk) => Targets[target].Directions[walk].DeltaDistance / Targets[target].Directions.Count;
}
