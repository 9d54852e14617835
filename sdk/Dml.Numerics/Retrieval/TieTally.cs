using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Gathers the queries whose k nearest items a tie decides.</summary>
/// <param name="queries">(Q, E).</param>
/// <param name="gallery">(G, E).</param>
/// <param name="queryLabels">Classes of the queries.</param>
/// <param name="galleryLabels">Classes of the items.</param>
/// <param name="among">Whether queries and items are the same, none its own neighbour.</param>
/// <param name="ranks">Each k.</param>
internal sealed class TieTally(
    Tensor queries, Tensor gallery, IReadOnlyList<long> queryLabels, IReadOnlyList<long> galleryLabels, bool among, IReadOnlyList<int> ranks)
{
    private readonly int[] _certain = new int[ranks.Count];
    private readonly List<int>[] _tied = [.. ranks.Select(_ => new List<int>())];

    /// <summary>Takes a query in.</summary>
    /// <param name="index">Which.</param>
    /// <param name="firstHit">Rank of its first item of its class, 0 for none among those known.</param>
    /// <param name="distances">Distances of its nearest items, one more than the greatest k where there are so many.</param>
    public void Add(int index, int firstHit, ReadOnlySpan<double> distances)
    {
        for (var i = 0; i < ranks.Count; i++)
        {
            if (ranks[i] < distances.Length && distances[ranks[i] - 1] == distances[ranks[i]]) _tied[i].Add(index);
            else if (firstHit > 0 && firstHit <= ranks[i]) _certain[i]++;
        }
    }

    /// <summary>The ks with such queries.</summary>
    public IReadOnlyList<TiedQueries> Found()
    {
        if (_tied.All(t => t.Count == 0)) return [];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (from, to) = (queries.to(float64).cpu(), gallery.to(float64).cpu());
        var expected = new double[ranks.Count];
        foreach (var query in _tied.SelectMany(t => t).Distinct().Order())
        {
            var distances = TiedQueries.Distances(from.narrow(0, query, 1), to);
            // The query itself is no item to be found.
            if (among) distances[query] = double.PositiveInfinity;
            bool[] hits = [.. galleryLabels.Select((label, i) => label == queryLabels[query] && !(among && i == query))];
            for (var i = 0; i < ranks.Count; i++)
            {
                if (_tied[i].Contains(query)) expected[i] += TiedQueries.Expected(distances, hits, ranks[i]);
            }
        }

        return [.. ranks.Select((k, i) => new TiedQueries(k, _tied[i].Count, (_certain[i] + expected[i]) / queryLabels.Count)).Where(t => t.Queries > 0)];
    }
}
