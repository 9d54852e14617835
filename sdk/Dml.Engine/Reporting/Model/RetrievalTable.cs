namespace Dml.Engine.Reporting;

/// <summary>Retrieval quality in one image view.</summary>
/// <param name="View">Which view of the images was embedded, for example <c>evaluation view (cropped)</c>.</param>
/// <param name="Recall">R@k by rising k.</param>
/// <param name="ErrorCount">Queries whose nearest neighbour has another class.</param>
/// <param name="QueryCount">Queries that were asked.</param>
internal sealed record RetrievalTable(string View, IReadOnlyList<RecallAt> Recall, int ErrorCount, int QueryCount)
{
    /// <summary>Further figures with their names, for example MAP@R and NMI.</summary>
    public IReadOnlyList<NamedText> Others { get; init; } = [];
}
