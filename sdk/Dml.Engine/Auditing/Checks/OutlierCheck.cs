using System.Globalization;
using Dml.Numerics;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of outliers.</summary>
[Options]
internal sealed record OutlierOptions
{
    /// <summary>Neighbours whose mean distance is taken.</summary>
    [Range(1, 1000)]
    public int Neighbours { get; init; } = 5;

    /// <summary>Most findings of a split.</summary>
    [Range(1, 1000000)]
    public int Most { get; init; } = 100;
}

/// <summary>
/// Samples far from everything, their own class included: the logarithm of the mean distance to the k nearest others, between unit embeddings,
/// lies beyond what fewer than one sample reaches where these are normal with the split's own median and spread. The value is that
/// distance as a multiple of the median one.
/// </summary>
internal sealed class OutlierCheck() : AuditCheck<OutlierOptions>(
    "outliers", 200, "Outliers", "Samples far from all others, their own class included.", OutlierOptionsBinder.Schema, OutlierOptionsBinder.Bind)
{
    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, OutlierOptions options)
    {
        Split[] splits = [.. new[] { Split.Training, Split.Test }.Where(split => context.Count(split) > options.Neighbours && context.CanSearch(split))];
        if (splits.Length == 0) return NotRun(context.WhyNoSearch($"more than {options.Neighbours}"));
        var found = splits.SelectMany(split => Of(context, split, options)).ToList();
        var summary = found.Count == 0 ? "No sample lies far from all others." : $"{found.Count} samples lie far from all others, their own class included.";
        return Section(summary) with { Findings = found };
    }

    private IEnumerable<AuditFinding> Of(AuditContext context, Split split, OutlierOptions options)
    {
        var neighbours = context.UnitNeighbours(split, options.Neighbours);
        double[] distances = [.. Enumerable.Range(0, context.Count(split))
            .Select(i => Enumerable.Range(0, options.Neighbours).Average(rank => neighbours.Distances[(i * neighbours.K) + rank]))];
        double[] there = [.. distances.Where(d => d > 0).Select(d => Math.Log(d))];
        if (there.Length == 0) return [];
        var scale = RobustScale.Of(there);
        var limit = scale.Extreme(there.Length);
        return Enumerable.Range(0, distances.Length).Where(i => distances[i] > 0 && Math.Log(distances[i]) > limit).OrderByDescending(i => distances[i])
            .Take(options.Most).Select(i => Finding(context, split, i, distances[i] / Math.Exp(scale.Median), neighbours));
    }

    private AuditFinding Finding(AuditContext context, Split split, int index, double times, Neighbours neighbours) =>
        new(Name, "outlier", times, string.Create(CultureInfo.InvariantCulture, $"{times:0.0} times as far from its nearest neighbours as the median sample"))
        {
            Items = [context.Item(split, index)],
            Evidence = [context.Item(split, neighbours.At(index))],
        };
}
