using System.Globalization;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>One run of k-means from given centres.</summary>
internal sealed class Lloyd : IDisposable
{
    /// <summary>Items that are copied together.</summary>
    private const int CopiedItems = 16384;

    private readonly Tensor _items;
    private readonly Tensor _centres;
    private readonly long _memoryBytes;
    private readonly int _count;
    private readonly int _clusters;
    private readonly int _size;
    private readonly int[] _assigned;
    private readonly int[] _nearest;
    private readonly double[] _distances;
    private readonly bool[] _moved;

    /// <param name="items">(M, E), float64, contiguous, on the CPU.</param>
    /// <param name="centres">The items that are the first centres.</param>
    /// <param name="memoryBytes">Bound of the search's working memory.</param>
    public Lloyd(Tensor items, int[] centres, long memoryBytes)
    {
        (_items, _memoryBytes, _clusters) = (items, memoryBytes, centres.Length);
        (_count, _size) = ((int)items.shape[0], (int)items.shape[1]);
        using var scope = NewDisposeScope();
        _centres = items.index_select(0, tensor(centres.Select(i => (long)i).ToArray())).DetachFromDisposeScope();
        (_assigned, _nearest, _distances, _moved) = (new int[_count], new int[_count], new double[_count], new bool[_clusters]);
        Array.Fill(_assigned, -1);
        Array.Fill(_moved, true);
    }

    /// <summary>Share of the centres that may have moved where the others are spared; it decides the time alone.</summary>
    public double MostMoved { get; init; } = 0.75;

    /// <summary>Iterates.</summary>
    /// <param name="mostIterations">When to stop at the latest.</param>
    /// <param name="tolerance">The least fall of the inertia, as a share of it, that is worth another iteration.</param>
    /// <param name="progress">Receives progress of the iterations.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public KMeans Run(int mostIterations, double tolerance, IProgress<ProgressReport>? progress, CancellationToken cancellationToken)
    {
        var inertia = double.PositiveInfinity;
        for (var iteration = 1; ; iteration++)
        {
            Assign(cancellationToken);
            var stays = FillEmpty() == 0 && _nearest.AsSpan().SequenceEqual(_assigned);
            _nearest.CopyTo(_assigned, 0);
            var before = inertia;
            inertia = MoveCentres();
            progress?.Report(new("cluster", iteration, mostIterations, string.Create(CultureInfo.InvariantCulture, $"inertia {inertia:G6}")));
            var converged = stays || before - inertia <= tolerance * inertia;
            if (converged || iteration == mostIterations) return new(_assigned, inertia, iteration, converged);
        }
    }

    public void Dispose() => _centres.Dispose();

    /// <summary>
    /// Sends each item to its nearest centre. One whose own centre stands where it stood can be drawn away by a centre that has moved alone, so that the
    /// others are not searched for it; the more of them stand still, the less an iteration costs.
    /// </summary>
    private void Assign(CancellationToken cancellationToken)
    {
        int[] moved = [.. Enumerable.Range(0, _clusters).Where(c => _moved[c])];
        if (moved.Length > MostMoved * _clusters)
        {
            Search(_items, _centres, (first, index, distance) => (_nearest[first], _distances[first]) = (index, distance), cancellationToken);
            return;
        }

        var items = Enumerable.Range(0, _count).ToLookup(i => _moved[_nearest[i]]);
        foreach (var some in items[true].Chunk(CopiedItems))
        {
            SearchCopied(some, _centres, (item, centre, distance) => (_nearest[item], _distances[item]) = (centre, distance), cancellationToken);
        }

        if (moved.Length == 0) return;
        using var targets = _centres.index_select(0, tensor(Array.ConvertAll(moved, c => (long)c)));
        foreach (var some in items[false].Chunk(CopiedItems))
        {
            SearchCopied(
                some, targets,
                (item, index, distance) =>
                {
                    var (centre, own) = (moved[index], _distances[item]);
                    if (distance < own || (distance == own && centre < _nearest[item])) (_nearest[item], _distances[item]) = (centre, distance);
                },
                cancellationToken);
        }
    }

    private void SearchCopied(int[] items, Tensor centres, Action<int, int, double> found, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var rows = _items.index_select(0, tensor(Array.ConvertAll(items, i => (long)i)));
        Search(rows, centres, (row, index, distance) => found(items[row], index, distance), cancellationToken);
    }

    private void Search(Tensor items, Tensor centres, Action<int, int, double> found, CancellationToken cancellationToken) =>
        new NeighbourSearch(items, centres, 1, excludeSelf: false, _memoryBytes).Run(
            block =>
            {
                for (var i = 0; i < block.Count; i++) found(block.First + i, block.Indices[i], block.Distances[i]);
            },
            cancellationToken);

    /// <summary>Gives each empty cluster the item that is farthest from its centre and not alone in its cluster.</summary>
    /// <returns>How many clusters were filled; one stays empty where all items lie on their centres.</returns>
    private int FillEmpty()
    {
        var sizes = new int[_clusters];
        foreach (var cluster in _nearest) sizes[cluster]++;
        var empty = Enumerable.Range(0, _clusters).Where(c => sizes[c] == 0).ToList();
        if (empty.Count == 0) return 0;
        var filled = 0;
        foreach (var item in Enumerable.Range(0, _count).OrderByDescending(i => _distances[i] * _distances[i]))
        {
            if (filled == empty.Count || _distances[item] == 0) break;
            if (sizes[_nearest[item]] == 1) continue;
            sizes[_nearest[item]]--;
            (_nearest[item], _distances[item]) = (empty[filled++], 0);
        }

        return filled;
    }

    /// <summary>Moves each centre to the mean of its items, added in the order of their indices.</summary>
    /// <returns>The inertia about the new centres.</returns>
    private double MoveCentres()
    {
        var (members, starts) = Members();
        var squares = new double[_clusters];
        Parallel.For(0, _clusters, AllCores.Loop, cluster =>
        {
            var own = members.AsSpan(starts[cluster], starts[cluster + 1] - starts[cluster]);
            _moved[cluster] = false;
            if (own.IsEmpty) return;
            var mean = MemoryMarshal.Cast<byte, double>(_centres.bytes).Slice(cluster * _size, _size);
            double[] before = [.. mean];
            mean.Clear();
            foreach (var item in own)
            {
                using var row = _items.narrow(0, item, 1);
                Vectors.AddScaled(mean, 1, MemoryMarshal.Cast<byte, double>(row.bytes));
            }

            Vectors.Multiply(mean, 1.0 / own.Length);
            _moved[cluster] = !mean.SequenceEqual(before);
            foreach (var item in own)
            {
                using var row = _items.narrow(0, item, 1);
                squares[cluster] += new Float64Rows(row).SquaredDistance(mean, 0);
            }
        });
        return squares.Sum();
    }

    /// <summary>The items of each cluster by rising index, one cluster after the other, and where each begins.</summary>
    private (int[] Members, int[] Starts) Members()
    {
        var starts = new int[_clusters + 1];
        foreach (var cluster in _assigned) starts[cluster + 1]++;
        for (var c = 0; c < _clusters; c++) starts[c + 1] += starts[c];
        var (next, members) = (starts[..^1], new int[_count]);
        for (var i = 0; i < _count; i++) members[next[_assigned[i]]++] = i;
        return (members, starts);
    }
}
