using Dml.Numerics;

namespace Dml.Engine.Evaluation;

/// <summary>NMI.</summary>
internal sealed class NormalizedMutualInformation() : ClusteringMetric(Key, "mutual information of a k-means clustering and the classes, normalised.")
{
    public const string Key = "NMI";

    public override double Of(IReadOnlyList<long> labels, IReadOnlyList<int> clusters) => ClusteringMetrics.NormalizedMutualInformation(labels, clusters);
}
