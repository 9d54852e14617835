using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>The k nearest gallery items of each query, nearest first.</summary>
/// <param name="K">Neighbours of a query.</param>
/// <param name="Indices">Gallery indices, row-major (queries x K).</param>
/// <param name="Distances">Euclidean distances, row-major (queries x K).</param>
public sealed record Neighbours(int K, IReadOnlyList<int> Indices, IReadOnlyList<double> Distances)
{
    /// <summary>The neighbour of a query.</summary>
    /// <param name="query">Index of the query.</param>
    /// <param name="rank">0 for the nearest.</param>
    public int At(int query, int rank = 0) => Indices[(query * K) + rank];
}

/// <summary>
/// Exact Euclidean nearest neighbours, block by block: never a matrix of all distances. Candidates come from the matrix-product form
/// in float64; the distances of the few nearest are then recomputed from differences, so they are accurate near zero too.
/// Equal distances are ordered by index; copies of one image count as equal only when their embeddings agree to the last bit.
/// </summary>
public static class NearestNeighbours
{
    /// <summary>Most elements of one block of distances: 64 MB in float64.</summary>
    private const int BlockElements = 8_000_000;

    /// <summary>Candidates beyond k whose order the recomputed distances may still change.</summary>
    private const int Slack = 8;

    /// <summary>Finds neighbours among the items themselves; an item is not its own neighbour (by index, not by distance).</summary>
    /// <param name="items">(M, E), floating point.</param>
    /// <param name="k">1 to M - 1.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public static Neighbours Within(Tensor items, int k, CancellationToken cancellationToken = default) => Search(items, items, k, excludeSelf: true, cancellationToken);

    /// <summary>Finds the neighbours of queries in a gallery.</summary>
    /// <param name="queries">(Q, E), floating point.</param>
    /// <param name="gallery">(G, E).</param>
    /// <param name="k">1 to G.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public static Neighbours Between(Tensor queries, Tensor gallery, int k, CancellationToken cancellationToken = default) => Search(queries, gallery, k, excludeSelf: false, cancellationToken);

    private static Neighbours Search(Tensor queries, Tensor gallery, int k, bool excludeSelf, CancellationToken cancellationToken)
    {
        var (queryCount, galleryCount) = ((int)queries.shape[0], (int)gallery.shape[0]);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, excludeSelf ? galleryCount - 1 : galleryCount);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (q, g) = (queries.detach().to(float64).cpu().contiguous(), gallery.detach().to(float64).cpu().contiguous());
        var galleryNorms = g.square().sum(1);
        if (!galleryNorms.isfinite().all().item<bool>() || !q.square().sum().isfinite().item<bool>())
        {
            throw new DmlException("Expected embeddings with finite squared norms, found NaN, infinity or numbers beyond 1e150; check the features and the head.");
        }

        var (queryValues, galleryValues) = (q.data<double>().ToArray(), g.data<double>().ToArray());
        var indices = new int[queryCount * k];
        var distances = new double[queryCount * k];
        var rows = Math.Max(1, BlockElements / galleryCount);
        for (var start = 0; start < queryCount; start += rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(rows, queryCount - start);
            using var blockScope = NewDisposeScope();
            // |q|^2 is the same for a whole row and cannot change its order.
            var block = (galleryNorms - (2 * q.narrow(0, start, count).mm(g.t()))).data<double>().ToArray();
            var (first, width) = (start, (int)gallery.shape[1]);
            Parallel.For(0, count, row =>
            {
                var selector = new Selector(Math.Min(k + Slack, excludeSelf ? galleryCount - 1 : galleryCount));
                selector.Take(block.AsSpan(row * galleryCount, galleryCount), excludeSelf ? first + row : -1);
                selector.Refine(queryValues.AsSpan((first + row) * width, width), galleryValues);
                selector.CopyTo(indices.AsSpan((first + row) * k, k), distances.AsSpan((first + row) * k, k));
            });
        }

        return new(k, indices, distances);
    }

    /// <summary>Keeps the smallest values of a row, ordered by (value, index).</summary>
    private sealed class Selector(int capacity)
    {
        private readonly double[] _values = new double[capacity];
        private readonly int[] _indices = new int[capacity];
        private int _count;

        public void Take(ReadOnlySpan<double> row, int excluded)
        {
            for (var j = 0; j < row.Length; j++)
            {
                if (j != excluded && (_count < capacity || row[j] < _values[capacity - 1])) Insert(row[j], j);
            }
        }

        public void Refine(ReadOnlySpan<double> query, double[] gallery)
        {
            for (var i = 0; i < _count; i++)
            {
                var item = gallery.AsSpan(_indices[i] * query.Length, query.Length);
                var sum = 0.0;
                for (var e = 0; e < query.Length; e++)
                {
                    var difference = query[e] - item[e];
                    sum += difference * difference;
                }

                _values[i] = Math.Sqrt(sum);
            }

            // Indices first, then a stable order by value: equal distances stay in index order.
            Array.Sort(_indices, _values, 0, _count);
            var order = Enumerable.Range(0, _count).OrderBy(i => _values[i]).ToArray();
            var (values, indices) = (order.Select(i => _values[i]).ToArray(), order.Select(i => _indices[i]).ToArray());
            values.CopyTo(_values, 0);
            indices.CopyTo(_indices, 0);
        }

        public void CopyTo(Span<int> indices, Span<double> distances)
        {
            _indices.AsSpan(0, indices.Length).CopyTo(indices);
            _values.AsSpan(0, distances.Length).CopyTo(distances);
        }

        private void Insert(double value, int index)
        {
            var at = _count < capacity ? _count++ : capacity - 1;
            for (; at > 0 && _values[at - 1] > value; at--)
            {
                (_values[at], _indices[at]) = (_values[at - 1], _indices[at - 1]);
            }

            (_values[at], _indices[at]) = (value, index);
        }
    }
}
