namespace Dml.Numerics;

/// <summary>How a class's samples are recommended other labels (Liu et al., NeurIPS 2022, field study).</summary>
internal enum RelabelKind
{
    /// <summary>None of them is.</summary>
    None,

    /// <summary>At least 10 % are, and at least 90 % of these as one other class: the two classes may be one.</summary>
    Centralized,

    /// <summary>At least 10 % are, as various classes: the class may be ill defined.</summary>
    Diversified,

    /// <summary>At most 5 % are: single samples may be mislabelled.</summary>
    Individual,

    /// <summary>Between 5 and 10 % are.</summary>
    Other,
}

/// <summary>A class of the field study.</summary>
/// <param name="Class">The class.</param>
/// <param name="Size">Its samples.</param>
/// <param name="Differ">Those that another class is recommended for.</param>
/// <param name="Most">The other class that is recommended most, the smaller index where two are; the class itself where none is.</param>
/// <param name="MostCount">For how many samples.</param>
internal sealed record RelabelledClass(int Class, int Size, int Differ, int Most, int MostCount)
{
    private const double Significant = 0.1;
    private const double Single = 0.05;
    private const double Agreement = 0.9;

    /// <summary>By the published thresholds.</summary>
    public RelabelKind Kind => Differ == 0 ? RelabelKind.None
        : Differ >= Significant * Size ? MostCount >= Agreement * Differ ? RelabelKind.Centralized : RelabelKind.Diversified
        : Differ <= Single * Size ? RelabelKind.Individual
        : RelabelKind.Other;
}

/// <summary>
/// Sorts classes by what their samples are recommended as. The published code takes the second most frequent class of all
/// recommendations for the other class, which is the class's own where most of its samples differ; here it is the most frequent other one.
/// </summary>
internal static class RelabelPatterns
{
    /// <summary>Sorts classes.</summary>
    /// <param name="labels">(N) labels.</param>
    /// <param name="recommended">(N) the class recommended for each sample.</param>
    /// <returns>One record a class that has samples, by class.</returns>
    /// <exception cref="ArgumentException">There are not as many of both.</exception>
    public static IReadOnlyList<RelabelledClass> Of(IReadOnlyList<int> labels, IReadOnlyList<int> recommended)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(recommended);
        if (labels.Count != recommended.Count)
        {
            throw new ArgumentException($"Expected {labels.Count} recommendations, one a label, found {recommended.Count}.", nameof(recommended));
        }

        return [.. labels.Zip(recommended).GroupBy(s => s.First, s => s.Second).OrderBy(g => g.Key).Select(Of)];
    }

    private static RelabelledClass Of(IGrouping<int, int> recommended)
    {
        var others = recommended.Where(r => r != recommended.Key).CountBy(r => r).OrderByDescending(r => r.Value).ThenBy(r => r.Key).ToList();
        return new(
            recommended.Key, recommended.Count(), others.Sum(r => r.Value), others.Count > 0 ? others[0].Key : recommended.Key,
            others.Count > 0 ? others[0].Value : 0);
    }
}
