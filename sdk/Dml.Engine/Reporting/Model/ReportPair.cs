namespace Dml.Engine.Reporting;

/// <summary>A wrong test item with the item of another class that it was taken for.</summary>
/// <param name="Anchor">The wrong test item.</param>
/// <param name="Neighbour">Its neighbour.</param>
internal sealed record ReportPair(ReportItem Anchor, ReportItem Neighbour);
