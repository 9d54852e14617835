using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

/// <summary>The oracle of the neighbour search: every distance by a plain loop over differences, then one sort.</summary>
internal static class PlainNeighbours
{
    public static double[][] Rows(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var flat = rows.to(float64).contiguous().data<double>().ToArray();
        return [.. flat.Chunk((int)rows.shape[1])];
    }

    public static double Distance(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var e = 0; e < a.Length; e++) sum += (a[e] - b[e]) * (a[e] - b[e]);
        return Math.Sqrt(sum);
    }

    /// <summary>Gallery items by (distance, index), the excluded one left out.</summary>
    public static (int Index, double Distance)[] Of(double[] query, double[][] gallery, int excluded = -1) =>
        [.. gallery.Index().Where(g => g.Index != excluded).Select(g => (g.Index, Distance(query, g.Item))).OrderBy(g => g.Item2).ThenBy(g => g.Index)];
}
