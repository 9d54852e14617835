using System.Globalization;
using Dml.Numerics;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of collapse.</summary>
[Options]
internal sealed record CollapseOptions
{
    /// <summary>Effective rank of the unit embeddings below which they have collapsed.</summary>
    [Range(1, 1000)]
    public double LeastRank { get; init; } = 2;

    /// <summary>Mean squared distance of the unit embeddings from their mean below which they have collapsed; at most 1.</summary>
    [Range(0, 1)]
    public double LeastVariance { get; init; } = 1e-3;
}

/// <summary>
/// Embeddings that use too few dimensions or are nearly all one vector: the effective rank (<see cref="EffectiveRank"/>) and the variance of the unit
/// embeddings of both splits. The value is the effective rank.
/// </summary>
internal sealed class CollapseCheck() : AuditCheck<CollapseOptions>(
    "collapse", 600, "Collapse", "Embeddings that use too few dimensions, or are nearly all one vector.", CollapseOptionsBinder.Schema,
    CollapseOptionsBinder.Bind)
{
    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, CollapseOptions options)
    {
        var size = context.UnitEmbeddings(Split.Test).shape[1];
        var (figures, findings) = (new List<AuditFigure>(), new List<AuditFinding>());
        foreach (var split in new[] { Split.Training, Split.Test })
        {
            var (name, rank) = (split == Split.Training ? "training" : "test", EffectiveRank.Of(context.UnitEmbeddings(split)));
            figures.Add(new($"effective rank, {name}", rank.Rank, "Dimensions in use: exp of the entropy of the covariance's eigenvalues."));
            figures.Add(new($"variance, {name}", rank.Variance, "Mean squared distance of the unit embeddings from their mean, 0 to 1."));
            if (rank.Variance >= options.LeastVariance && rank.Rank >= options.LeastRank) continue;
            findings.Add(new(Name, "collapsed-embedding", rank.Rank, string.Create(CultureInfo.InvariantCulture,
                $"the {name} embeddings use {rank.Rank:0.0} of {size} dimensions, their variance is {rank.Variance:0.####}")));
        }

        var summary = findings.Count == 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"No collapse: {figures[0].Value:0.0} (training) and {figures[2].Value:0.0} (test) of {size} dimensions are in use.")
            : "The embeddings have collapsed: neighbours are decided by what little is left.";
        return Section(summary) with { Figures = figures, Findings = findings };
    }
}
