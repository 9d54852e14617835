namespace Dml.Engine.Auditing;

/// <summary>What an audit does as a whole; each check has its own options beside these.</summary>
[Options]
internal sealed record AuditOptions
{
    /// <summary>Names of the checks that are run; empty for all.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];
}
