namespace Dml.Engine.Explaining;

/// <summary>What solvers have to tell of their solutions, beside residuals and conditions.</summary>
internal static class SolverNotes
{
    /// <summary>The different notes of some targets, in their order.</summary>
    /// <param name="targets">How each was explained.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<TargetExplanation> targets) =>
        [.. targets.Select(t => t.Solver?.Note ?? "").Where(note => note.Length > 0).Distinct()];
}
