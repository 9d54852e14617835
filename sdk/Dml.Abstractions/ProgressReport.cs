namespace Dml;

/// <summary>How far a long operation is.</summary>
/// <param name="Stage">What is being done, for a person: "embed training images".</param>
/// <param name="Done">Units done so far.</param>
/// <param name="Total">Units in all; 0 when unknown.</param>
/// <param name="Detail">Extra words for the line, such as the current loss; empty for none.</param>
public readonly record struct ProgressReport(string Stage, long Done, long Total, string Detail = "");
