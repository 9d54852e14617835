using System.Globalization;
using Dml.Numerics;

namespace Dml.Engine.Evaluation;

/// <summary>R@k.</summary>
/// <param name="k">How many neighbours it looks at, at least 1.</param>
internal sealed class RecallAtK(int k) : QueryMetric(
    string.Create(CultureInfo.InvariantCulture, $"R@{k}"), "share of queries with an item of their own class among their k nearest neighbours.")
{
    /// <summary>How many neighbours it looks at.</summary>
    public int K { get; } = k;

    public override int Depth(int relevant) => K;

    /// <summary>A query without any relevant item counts as wrong.</summary>
    public override double? Of(RankedQuery query) => query.FirstHit > 0 && query.FirstHit <= K ? 1 : 0;
}
