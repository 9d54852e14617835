using Dml.Numerics;

namespace Dml.Engine.Evaluation;

/// <summary>A figure of retrieval quality. A class in Metrics that derives from one of the two kinds below is all that a new one needs.</summary>
/// <param name="name">Its name in configs, files, tables and the report.</param>
/// <param name="meaning">What it is, as one sentence that begins in lower case and ends with a full stop.</param>
internal abstract class RetrievalMetric(string name, string meaning)
{
    /// <summary>The name in configs, files, tables and the report.</summary>
    public string Name { get; } = name;

    /// <summary>What it is, in one sentence.</summary>
    public string Meaning { get; } = meaning;
}

/// <summary>A metric that is a mean over queries, and so has a value for each class too.</summary>
/// <param name="name">Its name.</param>
/// <param name="meaning">What it is.</param>
internal abstract class QueryMetric(string name, string meaning) : RetrievalMetric(name, meaning), IQueryMetric
{
    /// <inheritdoc/>
    public virtual bool NeedsFirstHit => false;

    /// <inheritdoc/>
    public abstract int Depth(int relevant);

    /// <inheritdoc/>
    public abstract double? Of(RankedQuery query);
}

/// <summary>A metric of the clustering of all test items by k-means with one cluster a test class.</summary>
/// <param name="name">Its name.</param>
/// <param name="meaning">What it is.</param>
internal abstract class ClusteringMetric(string name, string meaning) : RetrievalMetric(name, meaning)
{
    /// <summary>The value.</summary>
    /// <param name="labels">(M) classes.</param>
    /// <param name="clusters">(M) cluster of each item.</param>
    public abstract double Of(IReadOnlyList<long> labels, IReadOnlyList<int> clusters);
}
