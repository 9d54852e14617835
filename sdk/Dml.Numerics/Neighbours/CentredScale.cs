using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A centre and a power of two by which embeddings are moved and scaled before they are multiplied: distances stay what they are,
/// while norms, which the rounding of a product is proportional to, become small and fit float32.
/// </summary>
/// <param name="Centre">(E), about the mean of the gallery. Any centre is valid; a near one makes the bounds tight.</param>
/// <param name="Scale">A power of two after which no norm exceeds 1.</param>
internal sealed record CentredScale(double[] Centre, double Scale)
{
    private const double MostSquaredNorm = 1e300;
    private const int ChunkRows = 256;

    /// <summary>Finds the frame of queries and gallery.</summary>
    /// <param name="queries">(Q, E), float32 or float64, contiguous, on the CPU.</param>
    /// <param name="gallery">(G, E), the same tensor or another.</param>
    /// <exception cref="DmlException">A norm is not finite, or its square is beyond float64.</exception>
    public static CentredScale Of(Tensor queries, Tensor gallery)
    {
        var centre = new double[gallery.shape[1]];
        var most = Survey(gallery, centre);
        if (!ReferenceEquals(queries, gallery)) most = Math.Max(most, Survey(queries, new double[centre.Length]));
        if (!(most <= MostSquaredNorm))
        {
            throw new DmlException(
                "Expected embeddings with finite squared norms, found NaN, infinity or numbers beyond 1e150; check the features and the head.");
        }

        for (var e = 0; e < centre.Length; e++) centre[e] /= gallery.shape[0];
        var reach = Math.Sqrt(most) + Math.Sqrt(Vectors.Dot(centre, centre));
        return new(centre, reach > 0 ? Math.ScaleB(1, Math.Min(1000, -Math.ILogB(reach) - 1)) : 1);
    }

    /// <summary>Moves and scales a row in place.</summary>
    /// <returns>Its squared norm afterwards.</returns>
    public double Apply(Span<double> row)
    {
        Vectors.AddScaled(row, -1, Centre);
        Vectors.Multiply(row, Scale);
        return Vectors.Dot(row, row);
    }

    /// <summary>Adds all rows to a sum and returns their largest squared norm, NaN where there is one.</summary>
    private static double Survey(Tensor rows, double[] sum)
    {
        var count = (int)rows.shape[0];
        var largest = 0.0;
        var gate = new Lock();
        Parallel.For(0, (count + ChunkRows - 1) / ChunkRows, AllCores.Loop, chunk =>
        {
            using var part = rows.narrow(0, chunk * ChunkRows, Math.Min(ChunkRows, count - (chunk * ChunkRows)));
            var block = new Float64Rows(part);
            var (row, partSum, most) = (new double[sum.Length], new double[sum.Length], 0.0);
            for (var i = 0; i < block.Count; i++)
            {
                block.Read(i, row);
                most = Math.Max(most, Vectors.Dot(row, row));
                Vectors.AddScaled(partSum, 1, row);
            }

            lock (gate)
            {
                largest = Math.Max(largest, most);
                Vectors.AddScaled(sum, 1, partSum);
            }
        });
        return largest;
    }
}
