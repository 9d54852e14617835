using System.Numerics;
using System.Runtime.InteropServices;

namespace Dml.Numerics;

/// <summary>
/// Picks from one row of products the items that may be among the k nearest, measures them, and merges them into the k nearest so
/// far. One worker uses it for many rows.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="k">Neighbours of a query.</param>
/// <param name="columns">Most items of a row.</param>
/// <param name="size">E.</param>
internal sealed class NearestCandidates<T>(int k, int columns, int size) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] _positions = new int[columns];
    private readonly T[] _lower = new T[columns];
    private readonly SmallestValues<T> _upper = new(k);
    private readonly double[] _query = new double[size];
    private readonly (double Distance, int Index)[] _found = new (double, int)[columns];
    private readonly (double Distance, int Index)[] _merged = new (double, int)[k];
    private int _count;
    private T _threshold;

    /// <summary>The query of the row, to be written before <see cref="Measure"/>.</summary>
    public Span<double> Query => _query;

    /// <summary>Distances measured so far.</summary>
    public long Measured { get; private set; }

    /// <summary>Finds the items whose least possible <c>|g|^2 - 2 q.g</c> does not exceed what the k-th nearest can have.</summary>
    /// <param name="products">Computed <c>-2 q.g</c>.</param>
    /// <param name="least"><c>|g|^2</c> less its part of the bound.</param>
    /// <param name="lengths"><c>|g|</c>.</param>
    /// <param name="slope">The part of the bound that grows with <c>|g|</c>: its factor times <c>|q|</c>.</param>
    /// <param name="threshold">What the k-th nearest of the items before can have; infinity at first.</param>
    /// <param name="excluded">Position of an item to pass over; outside the row for none.</param>
    /// <param name="bound">The whole bound.</param>
    public void Scan(ReadOnlySpan<T> products, ReadOnlySpan<T> least, ReadOnlySpan<T> lengths, T slope, T threshold, int excluded, RoundingBound<T> bound)
    {
        (_count, _threshold) = (0, threshold);
        _upper.Clear();
        var (perSquare, absolute) = (T.CreateSaturating(2 * bound.PerSquare), T.CreateSaturating(2 * bound.Absolute));
        var (slopes, limits) = (new Vector<T>(slope), new Vector<T>(threshold));
        var p = MemoryMarshal.Cast<T, Vector<T>>(products);
        var l = MemoryMarshal.Cast<T, Vector<T>>(least);
        var n = MemoryMarshal.Cast<T, Vector<T>>(lengths);
        for (var i = 0; i < p.Length; i++)
        {
            var lower = p[i] + l[i] - (slopes * n[i]);
            if (!Vector.LessThanOrEqualAny(lower, limits)) continue;
            for (var lane = 0; lane < Vector<T>.Count; lane++) Offer((i * Vector<T>.Count) + lane, lower[lane], lengths);
            limits = new(_threshold);
        }

        for (var j = p.Length * Vector<T>.Count; j < products.Length; j++) Offer(j, products[j] + least[j] - (slope * lengths[j]), lengths);

        void Offer(int position, T lower, ReadOnlySpan<T> norms)
        {
            if (!(lower <= _threshold) || position == excluded) return;
            (_positions[_count], _lower[_count++]) = (position, lower);
            var norm = norms[position];
            var width = T.CreateSaturating(2) * ((slope * norm) + (perSquare * norm * norm) + absolute);
            if (_upper.Add(lower + width)) _threshold = T.Min(_threshold, _upper.Largest);
        }
    }

    /// <summary>Measures what the scan found and merges it into the k nearest; equal distances stay in the order of the indices.</summary>
    /// <param name="items">The panel's items.</param>
    /// <param name="first">Position of the scanned row's first item in the panel.</param>
    /// <param name="offset">Index of the panel's first item in the gallery.</param>
    /// <param name="indices">The k nearest so far, all of lower index.</param>
    /// <param name="distances">Their distances, rising; infinity where there is none.</param>
    public void Measure(Float64Rows items, int first, int offset, Span<int> indices, Span<double> distances)
    {
        var found = 0;
        for (var c = 0; c < _count; c++)
        {
            if (_lower[c] > _threshold) continue;
            var position = first + _positions[c];
            var distance = Math.Sqrt(items.SquaredDistance(_query, position));
            if (distance < distances[^1]) _found[found++] = (distance, offset + position);
            Measured++;
        }

        if (found == 0) return;
        _found.AsSpan(0, found).Sort();
        for (int rank = 0, old = 0, fresh = 0; rank < k; rank++)
        {
            _merged[rank] = fresh < found && _found[fresh].Distance < distances[old] ? _found[fresh++] : (distances[old], indices[old++]);
        }

        for (var rank = 0; rank < k; rank++) (distances[rank], indices[rank]) = _merged[rank];
    }
}
