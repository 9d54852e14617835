namespace Dml.Engine;

/// <summary>A decision about a training sample.</summary>
/// <param name="Number">Its number in the log, from 1.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Index">Training index.</param>
/// <param name="Id">Stable name of the sample.</param>
/// <param name="Action">What was decided.</param>
/// <param name="Label">The new label, of <see cref="ReviewAction.Accept"/> and <see cref="ReviewAction.Relabel"/> alone.</param>
/// <param name="ClassName">Name of that class, or null.</param>
public sealed record ReviewDecision(long Number, DateTimeOffset Time, int Index, string Id, ReviewAction Action, long? Label, string? ClassName);
