namespace Dml.Numerics;

/// <summary>How well a clustering agrees with labels.</summary>
public static class ClusteringMetrics
{
    /// <summary>
    /// Normalised mutual information with geometric normalisation, <c>I(Y; C) / sqrt(H(Y) H(C))</c> (Strehl, Ghosh, JMLR 2002, equation
    /// 3). 1 where both have a single group, 0 where one alone has.
    /// </summary>
    /// <param name="labels">(M) classes, at least one.</param>
    /// <param name="clusters">(M) cluster of each item.</param>
    /// <returns>0 (independent) to 1 (the same groups, whatever their names).</returns>
    public static double NormalizedMutualInformation(IReadOnlyList<long> labels, IReadOnlyList<int> clusters)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(clusters);
        if (labels.Count == 0 || labels.Count != clusters.Count)
        {
            throw new ArgumentException($"Expected a cluster for each of at least one label, found {labels.Count} labels and {clusters.Count} clusters.", nameof(clusters));
        }

        var classes = Sizes(labels);
        var groups = Sizes(clusters);
        if (classes.Count == 1 || groups.Count == 1) return classes.Count == groups.Count ? 1 : 0;
        var information = 0.0;
        foreach (var ((label, cluster), count) in Sizes([.. labels.Zip(clusters)]))
        {
            information += count * Math.Log((double)count * labels.Count / ((double)classes[label] * groups[cluster]));
        }

        return Math.Clamp(information / labels.Count / Math.Sqrt(Entropy(classes.Values, labels.Count) * Entropy(groups.Values, labels.Count)), 0, 1);
    }

    private static Dictionary<T, int> Sizes<T>(IReadOnlyList<T> groups) where T : notnull => groups.CountBy(group => group).ToDictionary();

    private static double Entropy(IEnumerable<int> sizes, int total) => sizes.Sum(size => (double)size / total * Math.Log((double)total / size));
}
