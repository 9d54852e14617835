namespace Dml.Explorer.Api;

/// <summary>A training sample whose label may be wrong.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="Score">Probability that its label is wrong, 0 to 1.</param>
/// <param name="Suggested">The label that is suggested; null where none is.</param>
/// <param name="SuggestedName">Name of that class, or null.</param>
/// <param name="Confidence">Probability that the suggestion is right, 0 to 1.</param>
/// <param name="Why">What speaks against the label, one sentence.</param>
/// <param name="Decision">What has been decided; null for nothing.</param>
/// <param name="NeighboursOfLabel">The nearest other samples with its label.</param>
/// <param name="NeighboursOfSuggested">The nearest samples with the suggested label.</param>
internal sealed record SuspectEntry(
    ApiItem Sample, double Score, int? Suggested, string? SuggestedName, double? Confidence, string Why, ApiDecision? Decision,
    IReadOnlyList<ApiItem> NeighboursOfLabel, IReadOnlyList<ApiItem> NeighboursOfSuggested);

/// <summary>Some of the suspects, most suspicious first.</summary>
/// <param name="Total">All that fit the filter.</param>
/// <param name="Open">Those of all suspects that nothing has been decided about.</param>
/// <param name="Items">Those asked for.</param>
internal sealed record SuspectPage(int Total, int Open, IReadOnlyList<SuspectEntry> Items);
