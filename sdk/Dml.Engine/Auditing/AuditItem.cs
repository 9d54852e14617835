namespace Dml.Engine;

/// <summary>A sample or test item that an audit speaks of.</summary>
/// <param name="Split">The split it belongs to.</param>
/// <param name="Index">Index within its split.</param>
/// <param name="Id">Stable name.</param>
/// <param name="Label">Its label.</param>
/// <param name="ClassName">Name of that class.</param>
/// <param name="File">Its image, an absolute path; null where the model has features alone.</param>
public sealed record AuditItem(Split Split, int Index, string Id, long Label, string ClassName, string? File);
