using Dml.Numerics;

namespace Dml.Engine.Evaluation;

/// <summary>AMI.</summary>
internal sealed class AdjustedMutualInformation() : ClusteringMetric(
    "AMI",
    "mutual information of a k-means clustering and the classes beyond what chance gives, as a share of the most there can be "
    + "(arithmetic mean of the entropies).")
{
    public override double Of(IReadOnlyList<long> labels, IReadOnlyList<int> clusters) => ClusteringMetrics.AdjustedMutualInformation(labels, clusters);
}
