using Dml.Numerics;

namespace Dml.Engine.Evaluation;

/// <summary>MRR.</summary>
internal sealed class MeanReciprocalRank() : QueryMetric("MRR", "mean of 1 / rank of the nearest relevant item among all items.")
{
    public override bool NeedsFirstHit => true;

    public override int Depth(int relevant) => 1;

    public override double? Of(RankedQuery query) => RetrievalMetrics.ReciprocalRank(query);
}
