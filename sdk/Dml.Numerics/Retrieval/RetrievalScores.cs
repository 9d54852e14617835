using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>All retrieval metrics of a set of embeddings, from one blocked search whose neighbours are not kept.</summary>
/// <param name="Means">Mean of each metric that was asked for over the queries that have the figure, in that order; null where none has.</param>
/// <param name="Queries">Number of queries.</param>
/// <param name="Wrong">Queries whose nearest neighbour has another class.</param>
/// <param name="Classes">The classes of the queries, by rising label.</param>
public sealed record RetrievalScores(IReadOnlyList<double?> Means, int Queries, int Wrong, IReadOnlyList<ClassScore> Classes)
{
    /// <summary>For each k that was asked for, the queries whose k nearest a tie decides, where there are any.</summary>
    public IReadOnlyList<TiedQueries> Ties { get; init; } = [];

    /// <summary>R@1 of all queries.</summary>
    public double RecallAt1 => (double)(Queries - Wrong) / Queries;

    /// <summary>Evaluates embeddings.</summary>
    /// <param name="embeddings">(M, E), floating point; Euclidean distances of them as they are.</param>
    /// <param name="labels">(M) classes.</param>
    /// <param name="queryCount">The first items are queries to the others; null: all items among themselves, none its own neighbour.</param>
    /// <param name="metrics">The metrics; R@1, the wrong queries and what they are taken for come without asking.</param>
    /// <param name="memoryBytes">Bound of the search's working memory.</param>
    /// <param name="progress">Receives how many queries are done.</param>
    /// <param name="tiesAt">Each k at which ties are looked for; null for none.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An embedding is not finite.</exception>
    public static RetrievalScores Of(
        Tensor embeddings, IReadOnlyList<long> labels, int? queryCount, IReadOnlyList<IQueryMetric> metrics,
        long memoryBytes = NearestNeighbours.DefaultMemoryBytes, IProgress<ProgressReport>? progress = null, IReadOnlyList<int>? tiesAt = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(metrics);
        if (labels.Count != embeddings.shape[0]) throw new ArgumentException($"Expected {embeddings.shape[0]} labels, found {labels.Count}.", nameof(labels));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (among, count) = (queryCount is null, queryCount ?? labels.Count);
        long[] queryLabels = [.. labels.Take(count)];
        long[] galleryLabels = among ? queryLabels : [.. labels.Skip(count)];
        var (queries, gallery) = among ? (embeddings, embeddings) : (embeddings.narrow(0, 0, count), embeddings.narrow(0, count, galleryLabels.Length));
        var sizes = galleryLabels.CountBy(label => label).ToDictionary();
        int Relevant(long label) => sizes.GetValueOrDefault(label) - (among ? 1 : 0);

        int[] relevant = [.. queryLabels.Distinct().Select(Relevant).Distinct()];
        var candidates = galleryLabels.Length - (among ? 1 : 0);
        var depth = Math.Min(candidates, metrics.SelectMany(m => relevant.Select(m.Depth)).Append(1).Max());
        var tally = new RetrievalTally(queryLabels, metrics);
        var deeper = metrics.Any(m => m.NeedsFirstHit) ? new List<int>() : null;
        var ties = new TieTally(queries, gallery, queryLabels, galleryLabels, among, tiesAt ?? []);
        // One item more tells whether the last place is decided by a tie.
        new NeighbourSearch(queries, gallery, Math.Min(candidates, depth + (tiesAt is null ? 0 : 1)), among, memoryBytes).Run(
            block =>
            {
                for (var i = 0; i < block.Count; i++)
                {
                    var index = block.First + i;
                    var query = new RankedQuery(queryLabels[index], Relevant(queryLabels[index]), block.Of(i)[..depth], galleryLabels);
                    tally.Add(index, query);
                    ties.Add(index, query.FirstHit, block.DistancesOf(i));
                    if (query is { FirstHit: 0, Relevant: > 0 }) deeper?.Add(index);
                }

                progress?.Report(new("search neighbours", block.First + block.Count, count));
            },
            cancellationToken);
        if (deeper is not null)
        {
            new FirstHitSearch(queries, gallery, among, memoryBytes).Run(
                deeper, depth, (index, neighbours) =>
                {
                    var query = new RankedQuery(queryLabels[index], Relevant(queryLabels[index]), neighbours, galleryLabels);
                    if (query.FirstHit > 0) tally.Add(index, query);
                    return query.FirstHit > 0;
                },
                cancellationToken);
        }

        return new(tally.Means, count, tally.Wrong, tally.Classes()) { Ties = ties.Found() };
    }
}
