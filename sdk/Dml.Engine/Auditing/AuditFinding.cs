namespace Dml.Engine;

/// <summary>One thing that an audit found, to be looked at by a person.</summary>
/// <param name="Check">Name of the check that found it.</param>
/// <param name="Kind">What it is, lower case with hyphens: <c>wrong-label</c>, <c>outlier</c>. A check may find several kinds.</param>
/// <param name="Value">The number by which findings of a kind are ranked, worst first; the check's documentation gives its meaning.</param>
/// <param name="Reason">Why it was found, one sentence without a full stop.</param>
public sealed record AuditFinding(string Check, string Kind, double Value, string Reason)
{
    /// <summary>The samples it is about; empty for a finding about classes.</summary>
    public IReadOnlyList<AuditItem> Items { get; init; } = [];

    /// <summary>Names of the classes it is about; by default those of its items, each once.</summary>
    public IReadOnlyList<string> Classes { get => field ?? [.. Items.Select(item => item.ClassName).Distinct()]; init; }

    /// <summary>The samples that speak for it, strongest first: neighbours, members of both classes.</summary>
    public IReadOnlyList<AuditItem> Evidence { get; init; } = [];

    /// <summary>Further numbers by name: the scores of single detectors, counts.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>Name of the class that is suggested in place of the label; null where none is.</summary>
    public string? Suggestion { get; init; }

    /// <summary>How sure the check is of its suggestion, from 0 to 1; null where it has no such number.</summary>
    public double? Confidence { get; init; }
}
