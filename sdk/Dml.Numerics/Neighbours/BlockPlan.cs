namespace Dml.Numerics;

/// <summary>How a search is cut into blocks, so that its working memory stays within a bound; sized for float64, which it may have to change to.</summary>
/// <param name="Rows">Queries of a block.</param>
/// <param name="Columns">Gallery items of one matrix product.</param>
/// <param name="Panel">Gallery items that are held centred at once; all of them where they fit.</param>
internal readonly record struct BlockPlan(int Rows, int Columns, int Panel)
{
    /// <summary>Enough for the full speed of a matrix product; more would only leave the processor's caches sooner.</summary>
    private const int MostRows = 1024;
    private const int MostColumns = 4096;

    /// <summary>Half for the gallery, an eighth each for the queries, their results and the products; the rest is for the workers.</summary>
    /// <param name="queries">Q.</param>
    /// <param name="gallery">G.</param>
    /// <param name="size">E.</param>
    /// <param name="k">Neighbours of a query.</param>
    /// <param name="memoryBytes">The bound.</param>
    public static BlockPlan Of(int queries, int gallery, int size, int k, long memoryBytes)
    {
        // A span holds at most 2 GiB.
        var bytes = Math.Min(memoryBytes, 2L << 30);
        var row = (sizeof(double) * (size + 2L)) + sizeof(double);
        var panel = AtLeastOne(Math.Min(gallery, bytes / 2 / row));
        var rows = AtLeastOne(Math.Min(Math.Min(queries, MostRows), Math.Min(bytes / 8 / row, bytes / 8 / ((sizeof(double) + sizeof(int)) * (long)k))));
        var columns = AtLeastOne(Math.Min(Math.Min(panel, MostColumns), bytes / 8 / (sizeof(double) * rows)));
        return new(rows, columns, panel);
    }

    private static int AtLeastOne(long count) => (int)Math.Max(1, count);
}
