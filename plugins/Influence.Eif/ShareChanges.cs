using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// How the shares of all training samples change when theta walks to theta', for a loss that is no mean of samples. A share depends on many samples,
/// so the harm of all is found while targets are solved.
/// </summary>
internal sealed class ShareChanges(InfluenceContext context, ShareOptions options)
{
    private readonly LossShares _shares = new(context, options);

    /// <summary>Harm of all samples on targets whose walks are done.</summary>
    public SolvedTargets Solve(
        IReadOnlyList<Confusion> confusions, IReadOnlyList<ConfusionDistance> distances, IReadOnlyList<DistanceWalk[]> walks,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var harm = zeros([confusions.Count, context.TrainCount], dtype: float64, device: context.HeadWeight.device);
        var targets = new List<TargetExplanation>();
        foreach (var (t, confusion) in confusions.Index())
        {
            using var targetScope = NewDisposeScope();
            foreach (var walk in walks[t])
            {
                var moved = walk.Weight(distances[t], context.HeadWeight);
                harm[t].add_(_shares.Change(context.HeadWeight, moved, cancellationToken), alpha: walk.DeltaDistance / walks[t].Length);
            }

            targets.Add(new(
                confusion, walks[t][0].Trajectory[0], [.. walks[t].Select(w => new WalkDirection(w.Sign, w.StepsDone, w.DeltaDistance))], _shares.Path));
            progress.Report(new("shares of the training samples", targets.Count, confusions.Count));
        }

        return WholeHarm.Solved(targets, harm, context);
    }
}
