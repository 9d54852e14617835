namespace Dml.Engine.Sessions;

/// <summary>What a check of a run found out about one file.</summary>
/// <param name="Name">Its path in the run.</param>
/// <param name="Problem">Why it is not whole; null where it is.</param>
/// <param name="Note">What else is worth knowing; null for nothing.</param>
internal sealed record CheckedFile(string Name, DmlException? Problem, string? Note);
