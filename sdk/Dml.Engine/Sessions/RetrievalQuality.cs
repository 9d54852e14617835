using System.Globalization;
using Dml.Engine.Runs;

namespace Dml.Engine;

/// <summary>How well the test split is retrieved.</summary>
/// <param name="Recall">R@k by k: share of queries with an item of their class among the k nearest, 0 to 1.</param>
/// <param name="Queries">Number of queries.</param>
/// <param name="Wrong">Queries whose nearest neighbour has another class.</param>
public sealed record RetrievalQuality(IReadOnlyDictionary<int, double> Recall, int Queries, int Wrong)
{
    /// <summary>MAP@R, 0 to 1; null where it was not computed.</summary>
    public double? MapAtR { get; init; }

    /// <summary>Normalised mutual information of k-means clusters and classes, 0 to 1; null where it was not computed.</summary>
    public double? Nmi { get; init; }

    /// <summary>Queries for which no other item that is searched has their class, so that no model gets them right; they count as wrong.</summary>
    public int Lone { get; init; }

    internal static RetrievalQuality Of(RunMetrics metrics) =>
        new(metrics.Recall.ToDictionary(r => int.Parse(r.Key, CultureInfo.InvariantCulture), r => r.Value), metrics.TestItems, metrics.WrongItems)
        {
            MapAtR = metrics.MapAtR,
            Nmi = metrics.Nmi,
            Lone = metrics.LoneItems ?? 0,
        };
}
