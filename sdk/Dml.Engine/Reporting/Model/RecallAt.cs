namespace Dml.Engine.Reporting;

/// <summary>R@k: the share of queries with an item of their class among the k nearest.</summary>
/// <param name="K">How many neighbours are looked at.</param>
/// <param name="Value">In [0, 1].</param>
internal readonly record struct RecallAt(int K, double Value);
