using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of duplicates.</summary>
[Options]
internal sealed record DuplicateOptions
{
    /// <summary>Near duplicates that chance may make up, an image.</summary>
    [Range(0.0000001, 0.25)]
    public double FalseAlarms { get; init; } = 0.001;

    /// <summary>Most items among which near duplicates are looked for; exact ones are always.</summary>
    [Range(0, 100000000)]
    public int MostNear { get; init; } = 200000;
}

/// <summary>
/// Exact and near duplicates: across splits (<c>leak</c>), under two labels (<c>duplicate-other-label</c>), else <c>duplicate</c>; near
/// ones with <c>near-</c> before it. The value is the correlation of the images, or minus the distance of the embeddings. Figures: R@1
/// of all queries, and without copies.
/// </summary>
internal sealed class DuplicateCheck() : AuditCheck<DuplicateOptions>(
    "duplicates", 400, "Duplicates", "Equal and almost equal images within and across splits and labels, and R@1 without them.",
    DuplicateOptionsBinder.Schema, DuplicateOptionsBinder.Bind)
{
    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, DuplicateOptions options)
    {
        var found = DuplicatePairs.Of(context, options.FalseAlarms, options.MostNear);
        AuditFinding[] findings = [.. found.Pairs.Select(pair => Finding(context, pair)).OrderBy(f => Array.IndexOf(Kinds, f.Kind))];
        var (exact, leaks) = (found.Pairs.Count(p => p.Exact), findings.Count(f => f.Kind is "leak" or "near-leak"));
        var summary = $"{Count(exact, "exact")} and {Count(found.Pairs.Count - exact, "near")}, {leaks} of them across splits; "
            + $"{found.Basis}{context.Images.UnreadNote}.";
        return Section(summary) with { Findings = findings, Figures = Figures(context, found) };
    }

    private static readonly string[] Kinds = ["leak", "duplicate-other-label", "duplicate", "near-leak", "near-duplicate-other-label", "near-duplicate"];

    private static string Count(int count, string kind) => $"{count} {kind} {(count == 1 ? "duplicate" : "duplicates")}";

    private AuditFinding Finding(AuditContext context, DuplicatePair pair)
    {
        var (first, second) = (Item(context, pair.First), Item(context, pair.Second));
        var kind = first.Split != second.Split ? "leak" : first.Label != second.Label ? "duplicate-other-label" : "duplicate";
        var measure = pair.Value > 0 ? "correlation of brightness" : "distance";
        var same = pair.Exact ? "equal" : FormattableString.Invariant($"alike ({measure} {Math.Abs(pair.Value):0.0000})");
        var labels = first.Label == second.Label ? $"both are labelled {first.ClassName}" : $"they are labelled {first.ClassName} and {second.ClassName}";
        var where = first.Split != second.Split ? ", and one is trained on while the other is tested" : "";
        return new(Name, pair.Exact ? kind : $"near-{kind}", pair.Value, $"{first.Id} and {second.Id} are {same}; {labels}{where}") { Items = [first, second] };
    }

    private static AuditItem Item(AuditContext context, int number)
    {
        var (split, index) = DuplicatePairs.Place(context, number);
        return context.Item(split, index);
    }

    /// <summary>R@1 as it is, and once test items that are in training and all but the first of test items that are one are left out.</summary>
    private static AuditFigure[] Figures(AuditContext context, DuplicatePairs found)
    {
        var training = context.Count(Split.Training);
        var copies = found.Pairs.Where(p => p.Second >= training).Select(p => p.Second - training).ToHashSet();
        int[] all = [.. Enumerable.Range(0, context.Count(Split.Test))];
        int[] kept = [.. all.Where(i => !copies.Contains(i))];
        var recall = RecallAt1(context, all);
        return
        [
            new("R@1", recall, "share of queries whose nearest item has their class"),
            new("R@1 without copies", kept.Length == all.Length ? recall : RecallAt1(context, kept),
                "the same once test items that are also in training, and all but the first of copies within the test split, are left out"),
            new("Test items left out", copies.Count, "test items that are a copy of a training sample or of an earlier test item"),
        ];
    }

    private static double? RecallAt1(AuditContext context, int[] items)
    {
        var queryCount = context.Model.Dataset?.QueryCount;
        int[] queries = queryCount is { } count ? [.. items.Where(i => i < count)] : items;
        int[] gallery = queryCount is { } first ? [.. items.Where(i => i >= first)] : items;
        if (queries.Length == 0 || gallery.Length < (queryCount is null ? 2 : 1)) return null;
        using var scope = NewDisposeScope();
        var embeddings = context.Embeddings(Split.Test);
        var neighbours = queryCount is null
            ? NearestNeighbours.Within(Rows(embeddings, items), 1, context.CancellationToken)
            : NearestNeighbours.Between(Rows(embeddings, queries), Rows(embeddings, gallery), 1, context.CancellationToken);
        var labels = context.Labels(Split.Test);
        return queries.Index().Average(q => labels[gallery[neighbours.At(q.Index)]] == labels[q.Item] ? 1.0 : 0.0);
    }

    private static Tensor Rows(Tensor rows, int[] indices) => rows.index_select(0, tensor(indices.Select(i => (long)i).ToArray()));
}
