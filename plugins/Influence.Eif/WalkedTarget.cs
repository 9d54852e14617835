using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>A confusion with its walks done.</summary>
/// <param name="Confusion">The confusion.</param>
/// <param name="Distance">d of its r test items.</param>
/// <param name="Walks">Ascent, and descent if it is used.</param>
internal sealed record WalkedTarget(Confusion Confusion, ConfusionDistance Distance, IReadOnlyList<DistanceWalk> Walks)
{
    public TargetExplanation Explain(string path) => new(
        Confusion,
        Walks[0].Trajectory[0],
        [.. Walks.Select(w => new WalkDirection(w.Sign, w.StepsDone, w.DeltaDistance))],
        path);
}
