using System.Globalization;
using Dml.Engine.Evaluation;
using Dml.Engine.Sessions;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of ties.</summary>
[Options]
internal sealed record TieOptions
{
    /// <summary>Most findings.</summary>
    [Range(1, 1000000)]
    public int Most { get; init; } = 100;
}

/// <summary>
/// Queries whose nearest items a tie decides: equally far ones stand in the order of the file, so that R@k depends on it. Its expectation over all orders
/// stands beside. The value is the number of items that are nearest alike.
/// </summary>
internal sealed class TieCheck() : AuditCheck<TieOptions>(
    "ties", 700, "Ties", "Queries whose nearest items are equally far, so that the order of the items decides.", TieOptionsBinder.Schema, TieOptionsBinder.Bind)
{
    private const int Searched = 32;

    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, TieOptions options)
    {
        if (context.Count(Split.Test) < 3 || !context.CanSearch(Split.Test)) return NotRun(context.WhyNoSearch("at least three"));
        var settings = EvaluationConfig.Of(context.Model.Run, []);
        var alone = settings with { Options = settings.Options with { MapAtR = false, Nmi = false, Metrics = [] } };
        var evaluated = new RetrievalEvaluation(alone, context.Progress, context.CancellationToken).Evaluate(context.Model.Features, context.Model.Dataset, []);
        var ties = evaluated.Ties ?? [];
        var findings = Findings(context, options.Most).ToList();
        var summary = ties.Count == 0
            ? "No tie decides which items are nearest."
            : $"{string.Join(", ", ties.Select(t => $"R@{t.K}: {t.Queries} queries"))} are decided by a tie, that is by the order of the items.";
        return Section(summary) with
        {
            Figures =
            [
                .. ties.Select(t => new AuditFigure(
                    $"expected R@{t.K}", t.ExpectedRecall, "R@k as expected over all orders of items that are equally far.")),
            ],
            Findings = findings,
        };
    }

    private IEnumerable<AuditFinding> Findings(AuditContext context, int most)
    {
        var neighbours = context.Neighbours(Split.Test, Searched);
        return Enumerable.Range(0, context.Count(Split.Test)).Select(i => (Query: i, Alike: Alike(i))).Where(t => t.Alike.Length > 1)
            .OrderByDescending(t => t.Alike.Length).Take(most).Select(t => new AuditFinding(
                Name, "tied-query", t.Alike.Length, string.Create(CultureInfo.InvariantCulture,
                    $"{t.Alike.Length}{(t.Alike.Length == neighbours.K ? " or more" : "")} items are nearest alike, "
                        + $"{t.Alike.Count(n => context.Labels(Split.Test)[n] == context.Labels(Split.Test)[t.Query])} of its class"))
            {
                Items = [context.Item(Split.Test, t.Query)],
                Evidence = [.. t.Alike.Take(5).Select(n => context.Item(Split.Test, n))],
            });

        int[] Alike(int query)
        {
            var first = query * neighbours.K;
            return [.. Enumerable.Range(first, neighbours.K)
                .Where(at => neighbours.Distances[at] == neighbours.Distances[first]).Select(at => neighbours.Indices[at])];
        }
    }
}
