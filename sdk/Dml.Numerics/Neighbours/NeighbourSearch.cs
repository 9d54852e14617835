using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>A search whose results come block by block, so that they need not all be kept.</summary>
internal sealed class NeighbourSearch
{
    private readonly Tensor _queries;
    private readonly Tensor _gallery;
    private readonly bool _excludeSelf;
    private readonly long _memoryBytes;

    /// <param name="queries">(Q, E), floating point.</param>
    /// <param name="gallery">(G, E); the same tensor where an item shall not find itself.</param>
    /// <param name="k">Neighbours of a query.</param>
    /// <param name="excludeSelf">Whether query i shall not find item i.</param>
    /// <param name="memoryBytes">Bound of the working memory.</param>
    public NeighbourSearch(Tensor queries, Tensor gallery, int k, bool excludeSelf, long memoryBytes)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(gallery);
        if (queries.dim() != 2 || gallery.dim() != 2 || queries.shape[1] != gallery.shape[1])
        {
            throw new ArgumentException(
                $"Expected queries (Q, E) and a gallery (G, E), found ({string.Join(", ", queries.shape)}) and ({string.Join(", ", gallery.shape)}).",
                nameof(gallery));
        }

        (QueryCount, GalleryCount) = (checked((int)queries.shape[0]), checked((int)gallery.shape[0]));
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, excludeSelf ? GalleryCount - 1 : GalleryCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(memoryBytes, NearestNeighbours.LeastMemoryBytes);
        (_queries, _gallery, K, _excludeSelf, _memoryBytes) = (queries, gallery, k, excludeSelf, memoryBytes);
    }

    public int QueryCount { get; }

    public int GalleryCount { get; }

    public int K { get; }

    /// <summary>How many distances were measured by differences, and whether float64 products were needed; known after a run.</summary>
    internal (long Measured, bool Double) Effort { get; private set; }

    /// <summary>Searches.</summary>
    /// <param name="action">Takes the blocks in the order of the queries.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public void Run(NeighbourBlockAction action, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var dtype = _queries.dtype == _gallery.dtype && _queries.dtype == ScalarType.Float32 ? ScalarType.Float32 : ScalarType.Float64;
        var gallery = Prepare(_gallery, dtype);
        var queries = ReferenceEquals(_queries, _gallery) ? gallery : Prepare(_queries, dtype);
        var frame = CentredScale.Of(queries, gallery);
        var plan = BlockPlan.Of(QueryCount, GalleryCount, (int)gallery.shape[1], K, _memoryBytes);
        var (indices, distances) = (new int[plan.Rows * K], new double[plan.Rows * K]);
        IBlockSearch search = new BlockSearch<float>(queries, gallery, frame, plan, K, _excludeSelf);
        try
        {
            for (var first = 0; first < QueryCount; first += plan.Rows)
            {
                var count = Math.Min(plan.Rows, QueryCount - first);
                var measured = search.Search(first, count, indices, distances, cancellationToken);
                action(new(first, K, indices.AsSpan(0, count * K), distances.AsSpan(0, count * K)));
                Effort = (Effort.Measured + measured, search is BlockSearch<double>);
                if (search is BlockSearch<double> || !IsLoose(measured, count)) continue;
                search.Dispose();
                search = new BlockSearch<double>(queries, gallery, frame, plan, K, _excludeSelf);
            }
        }
        finally
        {
            search.Dispose();
        }
    }

    /// <summary>A measured distance costs about eight times what a float64 product costs more than a float32 one.</summary>
    private bool IsLoose(long measured, int queries) => measured > queries * ((2L * K) + (GalleryCount / 8));

    private static Tensor Prepare(Tensor rows, ScalarType dtype) => rows.detach().to(dtype).cpu().contiguous();
}
