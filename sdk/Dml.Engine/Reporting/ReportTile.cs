namespace Dml.Engine.Reporting;

/// <summary>One of the few figures that stand at the top of a report.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure.</param>
/// <param name="Note">Written below it.</param>
internal readonly record struct ReportTile(string Name, string Value, string Note);
