using Dml.Numerics;

namespace Dml.Engine.Evaluation;

/// <summary>MAP@R.</summary>
internal sealed class MeanAveragePrecisionAtR() : QueryMetric(Key, "mean average precision among as many neighbours as there are relevant items.")
{
    public const string Key = "MAP@R";

    public override int Depth(int relevant) => relevant;

    public override double? Of(RankedQuery query) => RetrievalMetrics.AveragePrecisionAtR(query);
}
