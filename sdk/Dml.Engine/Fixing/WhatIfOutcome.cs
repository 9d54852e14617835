namespace Dml.Engine;

/// <summary>What changes of the training data do to an error and to the others, by training the head further with and without them.</summary>
/// <param name="DistanceBefore">Squared distance of the unit embeddings, 0 to 4, of the head trained further without the changes.</param>
/// <param name="DistanceAfter">The same with them. A larger distance is less of an error.</param>
/// <param name="Recall">R@1 of the judging half of the queries, without those of the error's classes.</param>
/// <param name="Judged">How many queries that are.</param>
public sealed record WhatIfOutcome(double DistanceBefore, double DistanceAfter, FixGain Recall, int Judged);
