using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>All retrieval metrics of a set of embeddings, from one blocked search whose neighbours are not kept.</summary>
/// <param name="Recall">R@k by k, rising.</param>
/// <param name="MapAtR">MAP@R over the queries that have a relevant item; null where none has or it was not asked for.</param>
/// <param name="Queries">Number of queries.</param>
/// <param name="Wrong">Queries whose nearest neighbour has another class.</param>
/// <param name="Classes">The classes of the queries, by rising label.</param>
public sealed record RetrievalScores(IReadOnlyList<KeyValuePair<int, double>> Recall, double? MapAtR, int Queries, int Wrong, IReadOnlyList<ClassScore> Classes)
{
    /// <summary>Evaluates embeddings.</summary>
    /// <param name="embeddings">(M, E), floating point; Euclidean distances of them as they are.</param>
    /// <param name="labels">(M) classes.</param>
    /// <param name="queryCount">The first items are queries to the others; null: all items among themselves, none its own neighbour.</param>
    /// <param name="ranks">The k of R@k, rising, at most the number of items to search among.</param>
    /// <param name="mapAtR">Whether MAP@R is wanted; it looks at as many neighbours as the largest class has items.</param>
    /// <param name="memoryBytes">Bound of the search's working memory.</param>
    /// <param name="progress">Told how many queries are done.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An embedding is not finite.</exception>
    public static RetrievalScores Of(
        Tensor embeddings, IReadOnlyList<long> labels, int? queryCount, IReadOnlyList<int> ranks, bool mapAtR = true,
        long memoryBytes = NearestNeighbours.DefaultMemoryBytes, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(ranks);
        if (labels.Count != embeddings.shape[0]) throw new ArgumentException($"Expected {embeddings.shape[0]} labels, found {labels.Count}.", nameof(labels));
        var among = queryCount is null;
        var (queries, first) = (queryCount ?? labels.Count, queryCount ?? 0);
        var gallery = labels.Skip(first).ToArray();
        var sizes = gallery.CountBy(label => label).ToDictionary();
        int Relevant(long label) => sizes.GetValueOrDefault(label) - (among ? 1 : 0);
        var neighbours = Math.Max(ranks[^1], mapAtR ? labels.Take(queries).Max(Relevant) : 1);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var search = among
            ? new NeighbourSearch(embeddings, embeddings, neighbours, excludeSelf: true, memoryBytes)
            : new NeighbourSearch(embeddings.narrow(0, 0, queries), embeddings.narrow(0, first, gallery.Length), neighbours, excludeSelf: false, memoryBytes);
        var tally = new RetrievalTally(queries, gallery, neighbours);
        search.Run(
            block =>
            {
                for (var i = 0; i < block.Count; i++)
                {
                    var label = labels[block.First + i];
                    tally.Add(label, block.Of(i), mapAtR ? Relevant(label) : 0);
                }

                progress?.Report(new("search neighbours", block.First + block.Count, queries));
            },
            cancellationToken);
        return new(
            [.. ranks.Select(k => KeyValuePair.Create(k, (double)tally.Hits(k) / queries))], tally.MapAtR, queries, queries - tally.Hits(1), tally.Classes());
    }
}
