namespace Dml.Engine.Reporting;

/// <summary>Retrieval quality of one test class.</summary>
/// <param name="Name">The class.</param>
/// <param name="QueryCount">Its queries.</param>
/// <param name="ErrorCount">Those whose nearest neighbour has another class.</param>
/// <param name="MapAtR">MAP@R of its queries in [0, 1]; null where there is none.</param>
/// <param name="ConfusedWith">The class that most of its errors are nearest to; null where there is no error.</param>
/// <param name="ConfusedCount">How many are nearest to it.</param>
internal sealed record ReportClass(string Name, int QueryCount, int ErrorCount, double? MapAtR = null, string? ConfusedWith = null, int ConfusedCount = 0)
{
    /// <summary>Further metrics of its queries by name, the same in all classes; null where there is no value.</summary>
    public IReadOnlyList<KeyValuePair<string, double?>> Others { get; init; } = [];

    /// <summary>R@1 of the class's queries.</summary>
    public double RecallAt1 => (double)(QueryCount - ErrorCount) / QueryCount;
}
