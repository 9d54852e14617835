using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Finds the neighbours of one block of queries at a time.</summary>
internal interface IBlockSearch : IDisposable
{
    /// <summary>Searches for some consecutive queries.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">How many, at most the plan's rows.</param>
    /// <param name="indices">Receives the gallery indices, row-major (count x k).</param>
    /// <param name="distances">Receives the distances.</param>
    /// <param name="cancellationToken">Stops it between matrix products.</param>
    /// <returns>How many distances were measured by differences.</returns>
    long Search(int first, int count, int[] indices, double[] distances, CancellationToken cancellationToken);
}

/// <summary>A <see cref="IBlockSearch"/> whose matrix products run in one precision.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class BlockSearch<T> : IBlockSearch where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Queries that a worker takes at once: enough to make what a call costs vanish, few enough to share the work evenly.</summary>
    private const int ChunkRows = 16;

    private readonly Tensor _queries;
    private readonly Tensor _gallery;
    private readonly CentredScale _frame;
    private readonly BlockPlan _plan;
    private readonly int _k;
    private readonly bool _excludeSelf;
    private readonly RoundingBound<T> _bound;
    private readonly CentredRows<T> _panel;
    private readonly CentredRows<T> _block;
    private readonly Tensor _products;
    private readonly T[] _least;
    private readonly T[] _lengths;
    private int _panelFirst = -1;

    /// <param name="queries">(Q, E), float32 or float64, contiguous, on the CPU.</param>
    /// <param name="gallery">(G, E), likewise.</param>
    /// <param name="frame">Their frame.</param>
    /// <param name="plan">Sizes of the blocks.</param>
    /// <param name="k">Neighbours of a query.</param>
    /// <param name="excludeSelf">Whether query i shall not find item i.</param>
    public BlockSearch(Tensor queries, Tensor gallery, CentredScale frame, BlockPlan plan, int k, bool excludeSelf)
    {
        (_queries, _gallery, _frame, _plan, _k, _excludeSelf) = (queries, gallery, frame, plan, k, excludeSelf);
        var size = (int)gallery.shape[1];
        _bound = RoundingBound<T>.Of(size);
        (_panel, _block) = (new(plan.Panel, size), new(plan.Rows, size));
        _products = zeros((long)plan.Rows * plan.Columns, typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.Float64);
        (_least, _lengths) = (new T[plan.Panel], new T[plan.Panel]);
    }

    /// <inheritdoc/>
    public long Search(int first, int count, int[] indices, double[] distances, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        Array.Fill(indices, -1, 0, count * _k);
        Array.Fill(distances, double.PositiveInfinity, 0, count * _k);
        var queries = _queries.narrow(0, first, count);
        _block.Fill(queries, _frame);
        var measured = 0L;
        var total = (int)_gallery.shape[0];
        for (var panelFirst = 0; panelFirst < total; panelFirst += _plan.Panel)
        {
            using var panelScope = NewDisposeScope();
            var items = _gallery.narrow(0, panelFirst, Math.Min(_plan.Panel, total - panelFirst));
            LoadPanel(items, panelFirst);
            for (var column = 0; column < items.shape[0]; column += _plan.Columns)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var columns = Math.Min(_plan.Columns, (int)items.shape[0] - column);
                using var productScope = NewDisposeScope();
                var products = _products.narrow(0, 0, (long)count * columns).view(count, columns);
                products.addmm_(_block.Rows(0, count), _panel.Rows(column, columns).t(), beta: 0, alpha: -2);
                measured += Select(queries, items, products, new(first, column, columns), indices, distances);
            }
        }

        return measured;
    }

    public void Dispose()
    {
        _panel.Dispose();
        _block.Dispose();
        _products.Dispose();
    }

    /// <summary>Centres the panel unless it is the one that is there, and bounds what its items' norms contribute.</summary>
    private void LoadPanel(Tensor items, int panelFirst)
    {
        if (_panelFirst == panelFirst) return;
        _panelFirst = panelFirst;
        _panel.Fill(items, _frame);
        for (var j = 0; j < items.shape[0]; j++)
        {
            var square = _panel.SquaredNorms[j];
            _lengths[j] = T.CreateSaturating(Math.Sqrt(square));
            _least[j] = T.CreateSaturating(square - Margin(square));
        }
    }

    private double Margin(double squaredNorm) => (_bound.PerSquare * squaredNorm) + _bound.Absolute;

    private long Select(Tensor queries, Tensor items, Tensor products, Tile tile, int[] indices, double[] distances)
    {
        var measured = 0L;
        var count = (int)queries.shape[0];
        Parallel.For(
            0,
            (count + ChunkRows - 1) / ChunkRows,
            AllCores.Loop,
            () => new NearestCandidates<T>(_k, tile.Columns, (int)queries.shape[1]),
            (int chunk, ParallelLoopState _, NearestCandidates<T> selection) =>
            {
                var exactQueries = new Float64Rows(queries);
                var exactItems = new Float64Rows(items);
                var values = MemoryMarshal.Cast<byte, T>(products.bytes);
                for (var row = chunk * ChunkRows; row < Math.Min(count, (chunk + 1) * ChunkRows); row++)
                {
                    var rowIndices = indices.AsSpan(row * _k, _k);
                    var rowDistances = distances.AsSpan(row * _k, _k);
                    var slope = T.CreateSaturating(_bound.PerNorms * Math.Sqrt(_block.SquaredNorms[row]));
                    selection.Scan(
                        values.Slice(row * tile.Columns, tile.Columns), _least.AsSpan(tile.Column, tile.Columns), _lengths.AsSpan(tile.Column, tile.Columns),
                        slope, Threshold(rowDistances[^1], row), _excludeSelf ? tile.First + row - _panelFirst - tile.Column : -1, _bound);
                    exactQueries.Read(row, selection.Query);
                    selection.Measure(exactItems, tile.Column, _panelFirst, rowIndices, rowDistances);
                }

                return selection;
            },
            selection => Interlocked.Add(ref measured, selection.Measured));
        return measured;
    }

    /// <summary>The largest <c>|g|^2 - 2 q.g</c> that an item at the distance of the k-th or nearer can have.</summary>
    private T Threshold(double distance, int row)
    {
        if (double.IsPositiveInfinity(distance)) return T.PositiveInfinity;
        var slack = RoundingBound<T>.InDouble((int)_queries.shape[1]);
        var (scaled, square) = (distance * _frame.Scale, _block.SquaredNorms[row]);
        return T.BitIncrement(T.CreateSaturating((scaled * scaled * (1 + slack)) - (square * (1 - slack))));
    }

    /// <summary>Where a matrix product stands: its first query, and its columns within the panel.</summary>
    private readonly record struct Tile(int First, int Column, int Columns);
}
