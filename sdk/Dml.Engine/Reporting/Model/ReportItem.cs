namespace Dml.Engine.Reporting;

/// <summary>A test item.</summary>
/// <param name="Id">Its stable id, usually the relative path.</param>
/// <param name="Label">Its class.</param>
/// <param name="Image">Key into <see cref="Report.Images"/>; null or a key that is not there shows an empty frame.</param>
internal sealed record ReportItem(string Id, string Label, string? Image = null);
