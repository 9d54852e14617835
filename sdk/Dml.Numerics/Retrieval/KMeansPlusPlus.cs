using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// k-means++ (Arthur, Vassilvitskii, SODA 2007): each next centre is an item drawn with a probability proportional to its squared
/// distance D^2 to the nearest centre so far.
/// </summary>
/// <remarks>
/// A pass over all items for every single centre would be bound by memory, so several centres are drawn between two passes: an item
/// is drawn by its D^2 of the last pass and accepted with the probability (D^2 now) / (D^2 then), which is the same distribution.
/// </remarks>
internal static class KMeansPlusPlus
{
    /// <summary>Centres between two passes, at most.</summary>
    private const int MostDrawn = 256;

    /// <summary>Draws the indices of the first centres.</summary>
    /// <param name="items">(M, E), float64, contiguous, on the CPU.</param>
    /// <param name="count">k.</param>
    /// <param name="random">Decides.</param>
    /// <param name="memoryBytes">Bound of the search's working memory.</param>
    /// <param name="cancellationToken">Stops it between passes.</param>
    public static int[] Draw(Tensor items, int count, CounterRandom random, long memoryBytes, CancellationToken cancellationToken)
    {
        var total = (int)items.shape[0];
        List<int> centres = [random.NextBelow(total)];
        var squares = new double[total];
        Array.Fill(squares, double.PositiveInfinity);
        for (var known = 0; centres.Count < count;)
        {
            Approach(items, centres[known..], squares, memoryBytes, cancellationToken);
            known = centres.Count;
            DrawSome(items, centres, known, Math.Min(count, known + Math.Clamp(known / 4, 1, MostDrawn)), squares, random);
        }

        return [.. centres];
    }

    /// <summary>Lowers the D^2 of all items by some new centres.</summary>
    private static void Approach(Tensor items, List<int> centres, double[] squares, long memoryBytes, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var rows = items.index_select(0, tensor(centres.Select(i => (long)i).ToArray()));
        new NeighbourSearch(items, rows, 1, excludeSelf: false, memoryBytes).Run(
            block =>
            {
                for (var i = 0; i < block.Count; i++)
                {
                    var distance = block.Distances[i];
                    squares[block.First + i] = Math.Min(squares[block.First + i], distance * distance);
                }
            },
            cancellationToken);
    }

    /// <summary>Draws centres until there are as many as wanted, or fewer where the D^2 of the last pass are far out of date.</summary>
    /// <param name="items">(M, E).</param>
    /// <param name="centres">Gets the centres.</param>
    /// <param name="known">How many of them the D^2 know of.</param>
    /// <param name="wanted">How many there shall be.</param>
    /// <param name="squares">(M) D^2 to the known centres.</param>
    /// <param name="random">Decides.</param>
    internal static void DrawSome(Tensor items, List<int> centres, int known, int wanted, double[] squares, CounterRandom random)
    {
        var sums = new double[squares.Length];
        var sum = 0.0;
        for (var i = 0; i < sums.Length; i++) sums[i] = sum += squares[i];
        if (!(sum > 0))
        {
            // Fewer distinct items than centres: any item will do.
            AddUnused(centres, wanted, squares.Length, random);
            return;
        }

        for (var refused = 0; centres.Count < wanted;)
        {
            var drawn = IndexAt(sums, random.NextUnit() * sum);
            if (random.NextUnit() * squares[drawn] < SquareNow(items, centres, known, drawn, squares[drawn])) centres.Add(drawn);
            else if (centres.Count > known && ++refused > wanted) return;
        }
    }

    /// <summary>The first index whose sum exceeds a value; its own D^2 is above zero.</summary>
    private static int IndexAt(double[] sums, double value)
    {
        var (low, high) = (0, sums.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sums[middle] > value) high = middle;
            else low = middle + 1;
        }

        // Rounding can put the value at the very end; the last item with a share of its own is meant then.
        while (low > 0 && sums[low] <= sums[low - 1]) low--;
        return low;
    }

    private static double SquareNow(Tensor items, List<int> centres, int known, int item, double square)
    {
        if (centres.Count == known) return square;
        using var scope = NewDisposeScope();
        var row = new double[items.shape[1]];
        new Float64Rows(items.narrow(0, item, 1)).Read(0, row);
        foreach (var centre in centres.Skip(known)) square = Math.Min(square, new Float64Rows(items.narrow(0, centre, 1)).SquaredDistance(row, 0));
        return square;
    }

    private static void AddUnused(List<int> centres, int wanted, int total, CounterRandom random)
    {
        var used = centres.ToHashSet();
        while (centres.Count < wanted)
        {
            if (random.NextBelow(total) is var index && used.Add(index)) centres.Add(index);
        }
    }
}
