using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// How the shares of all training samples change when theta walks to theta', for a loss that is no mean of samples. A share depends on many samples,
/// so the harm of all is found while targets are solved.
/// </summary>
internal sealed class ShareChanges : IDisposable
{
    private readonly InfluenceContext _context;
    private readonly LossShares _shares;
    private readonly Tensor _start;

    public ShareChanges(InfluenceContext context, ShareOptions options, CancellationToken cancellationToken)
    {
        (_context, _shares) = (context, new(context, options));
        using var scope = NewDisposeScope();
        _start = _shares.Of(context.HeadWeight, cancellationToken).DetachFromDisposeScope();
    }

    /// <summary>Harm of all samples on targets whose walks are done.</summary>
    public SolvedTargets Solve(
        IReadOnlyList<Confusion> confusions, IReadOnlyList<ConfusionDistance> distances, IReadOnlyList<DistanceWalk[]> walks,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var harm = zeros([confusions.Count, _start.shape[0]], dtype: float64, device: _start.device);
        var targets = new List<TargetExplanation>();
        foreach (var (t, confusion) in confusions.Index())
        {
            using var targetScope = NewDisposeScope();
            foreach (var walk in walks[t])
            {
                var moved = _shares.Of(walk.Weight(distances[t], _context.HeadWeight), cancellationToken);
                harm[t].add_(moved - _start, alpha: walk.DeltaDistance / walks[t].Length);
            }

            targets.Add(new(
                confusion, walks[t][0].Trajectory[0], [.. walks[t].Select(w => new WalkDirection(w.Sign, w.StepsDone, w.DeltaDistance))], _shares.Path));
            progress.Report(new("shares of the training samples", targets.Count, confusions.Count));
        }

        return WholeHarm.Solved(targets, harm, _context);
    }

    public void Dispose() => _start.Dispose();
}
