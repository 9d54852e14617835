namespace Dml.Engine.Reporting;

/// <summary>How many training samples have a harm in each bin.</summary>
/// <param name="Edges">Rising, finite; one more than there are bins. An edge at 0 parts harmful from helpful cleanly.</param>
/// <param name="Counts">Samples in each bin, at least 0.</param>
internal sealed record HarmHistogram(IReadOnlyList<double> Edges, IReadOnlyList<long> Counts);
