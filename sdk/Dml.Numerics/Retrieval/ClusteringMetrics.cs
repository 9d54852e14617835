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
        var (classes, groups) = Groups(labels, clusters);
        if (classes.Count == 1 || groups.Count == 1) return classes.Count == groups.Count ? 1 : 0;
        var information = Information(labels, clusters, classes, groups);
        return Math.Clamp(information / Math.Sqrt(Entropy(classes.Values, labels.Count) * Entropy(groups.Values, labels.Count)), 0, 1);
    }

    /// <summary>
    /// Adjusted mutual information with arithmetic normalisation, <c>(I(Y; C) - E) / ((H(Y) + H(C)) / 2 - E)</c>, where E is the
    /// expectation of I over all clusterings with clusters of the same sizes (Vinh, Epps, Bailey, JMLR 2010; scikit-learn's default). 1
    /// where classes and clusters both have a single group, or both as many groups as items.
    /// </summary>
    /// <param name="labels">(M) classes, at least one.</param>
    /// <param name="clusters">(M) cluster of each item.</param>
    /// <returns>0 on average for clusterings drawn at random, below 0 for one that is worse, 1 for the same groups.</returns>
    public static double AdjustedMutualInformation(IReadOnlyList<long> labels, IReadOnlyList<int> clusters)
    {
        var (classes, groups) = Groups(labels, clusters);
        if (classes.Count == groups.Count && (classes.Count == 1 || classes.Count == labels.Count)) return 1;
        var expected = ExpectedInformation.Of(classes.Values, groups.Values, labels.Count);
        var mean = (Entropy(classes.Values, labels.Count) + Entropy(groups.Values, labels.Count)) / 2;
        return (Information(labels, clusters, classes, groups) - expected) / (mean - expected);
    }

    /// <summary>I(Y; C) in nats.</summary>
    private static double Information(IReadOnlyList<long> labels, IReadOnlyList<int> clusters, Dictionary<long, int> classes, Dictionary<int, int> groups)
    {
        var information = 0.0;
        foreach (var ((label, cluster), count) in Sizes([.. labels.Zip(clusters)]))
        {
            information += count * Math.Log((double)count * labels.Count / ((double)classes[label] * groups[cluster]));
        }

        return information / labels.Count;
    }

    private static (Dictionary<long, int> Classes, Dictionary<int, int> Groups) Groups(IReadOnlyList<long> labels, IReadOnlyList<int> clusters)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(clusters);
        if (labels.Count == 0 || labels.Count != clusters.Count)
        {
            throw new ArgumentException(
                $"Expected a cluster for each of at least one label, found {labels.Count} labels and {clusters.Count} clusters.", nameof(clusters));
        }

        return (Sizes(labels), Sizes(clusters));
    }

    private static Dictionary<T, int> Sizes<T>(IReadOnlyList<T> groups) where T : notnull => groups.CountBy(group => group).ToDictionary();

    private static double Entropy(IEnumerable<int> sizes, int total) => sizes.Sum(size => (double)size / total * Math.Log((double)total / size));
}
