namespace Dml.Engine.Reporting;

/// <summary>What the test classes with most errors are taken for.</summary>
/// <param name="Columns">The classes that they are taken for most, the most frequent first.</param>
/// <param name="Rows">The classes with most errors, the worst first.</param>
internal sealed record ConfusionMatrix(IReadOnlyList<string> Columns, IReadOnlyList<ConfusionMatrixRow> Rows);

/// <summary>A class of a <see cref="ConfusionMatrix"/>.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Right">Items whose nearest neighbour has their class.</param>
/// <param name="Counts">Items whose nearest neighbour has the class of each column.</param>
/// <param name="Elsewhere">Items whose nearest neighbour has a class without a column.</param>
internal sealed record ConfusionMatrixRow(string Class, int Right, IReadOnlyList<int> Counts, int Elsewhere);
