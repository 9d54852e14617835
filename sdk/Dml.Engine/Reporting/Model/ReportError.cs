namespace Dml.Engine.Reporting;

/// <summary>A wrong test item with the items that lie nearest to it.</summary>
/// <param name="Query">The wrong test item.</param>
/// <param name="Neighbours">Nearest first; the item that it was taken for is one of them.</param>
internal sealed record ReportError(ReportItem Query, IReadOnlyList<ReportNeighbour> Neighbours);

/// <summary>A test item that lies near a query.</summary>
/// <param name="Item">The item.</param>
/// <param name="Distance">Euclidean distance of its embedding from the query's.</param>
/// <param name="IsRight">Whether it has the query's class.</param>
internal readonly record struct ReportNeighbour(ReportItem Item, double Distance, bool IsRight);
