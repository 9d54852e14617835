namespace Dml.Engine;

/// <summary>What an audit found: a section a check.</summary>
/// <param name="Sections">The checks in their order; one that could not run says why.</param>
public sealed record AuditResult(IReadOnlyList<AuditSection> Sections)
{
    /// <summary>All findings, by check.</summary>
    public IReadOnlyList<AuditFinding> Findings => [.. Sections.SelectMany(section => section.Findings)];

    /// <summary>The section of a check; null where the check was not asked for.</summary>
    /// <param name="check">Name of the check.</param>
    public AuditSection? Of(string check) => Sections.FirstOrDefault(section => section.Check == check);
}
