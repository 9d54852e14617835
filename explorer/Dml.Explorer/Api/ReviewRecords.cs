namespace Dml.Explorer.Api;

/// <summary>A decision about a training sample.</summary>
/// <param name="Number">Its number in the log.</param>
/// <param name="Sample">The sample.</param>
/// <param name="Action"><c>accept</c>, <c>relabel</c>, <c>keep</c>, <c>exclude</c> or <c>skip</c>.</param>
/// <param name="Class">The new label; null where the action names none.</param>
/// <param name="ClassName">Name of that class.</param>
/// <param name="Time">When it was made.</param>
internal sealed record ApiDecision(long Number, ApiItem Sample, string Action, int? Class, string? ClassName, DateTimeOffset Time);

/// <summary>What a window asks to be decided.</summary>
/// <param name="Sample">Training index.</param>
/// <param name="Action"><c>accept</c>, <c>relabel</c>, <c>keep</c>, <c>exclude</c> or <c>skip</c>.</param>
/// <param name="Class">The new label; with accept the suggestion's where it is left out.</param>
internal sealed record DecisionBody(int Sample, string Action, int? Class = null);

/// <summary>What has been decided so far.</summary>
/// <param name="Decisions">The decision that holds for each sample, by number.</param>
/// <param name="Relabels">How many labels change.</param>
/// <param name="Excludes">How many samples are left out.</param>
internal sealed record DecisionsAnswer(IReadOnlyList<ApiDecision> Decisions, int Relabels, int Excludes);

/// <summary>A decision was made or undone, here or in another window.</summary>
/// <param name="Sample">Training index.</param>
/// <param name="Decision">What holds for the sample now; null for nothing.</param>
/// <param name="Relabels">How many labels change.</param>
/// <param name="Excludes">How many samples are left out.</param>
internal sealed record DecisionEvent(int Sample, ApiDecision? Decision, int Relabels, int Excludes);
