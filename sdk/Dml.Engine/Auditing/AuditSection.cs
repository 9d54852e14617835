namespace Dml.Engine;

/// <summary>A figure of an audit beside its findings.</summary>
/// <param name="Name">Its name: <c>R@1 without leaks</c>.</param>
/// <param name="Value">The figure; null where it does not exist.</param>
/// <param name="Meaning">What it says, one sentence.</param>
public sealed record AuditFigure(string Name, double? Value, string Meaning);

/// <summary>What one check of an audit found.</summary>
/// <param name="Check">Name of the check.</param>
/// <param name="Title">Heading.</param>
/// <param name="Summary">What came out, one sentence; where the check could not run, why not and what would let it.</param>
public sealed record AuditSection(string Check, string Title, string Summary)
{
    /// <summary>False where the check could not run on this model.</summary>
    public bool Ran { get; init; } = true;

    /// <summary>Figures beside the findings.</summary>
    public IReadOnlyList<AuditFigure> Figures { get; init; } = [];

    /// <summary>The findings, worst first within a kind.</summary>
    public IReadOnlyList<AuditFinding> Findings { get; init; } = [];
}
