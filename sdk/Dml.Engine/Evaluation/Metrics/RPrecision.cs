using Dml.Numerics;

namespace Dml.Engine.Evaluation;

/// <summary>R-precision.</summary>
internal sealed class RPrecision() : QueryMetric("R-precision", "share of relevant items among as many neighbours as there are relevant items.")
{
    public override int Depth(int relevant) => relevant;

    public override double? Of(RankedQuery query) => RetrievalMetrics.RPrecision(query);
}
