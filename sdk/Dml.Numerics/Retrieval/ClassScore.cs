namespace Dml.Numerics;

/// <summary>Retrieval quality of one class.</summary>
/// <param name="Label">The class.</param>
/// <param name="Queries">Its queries.</param>
/// <param name="Wrong">Queries whose nearest neighbour has another class.</param>
/// <param name="Means">Mean of each metric that was asked for over these queries, in that order; null where none of them has the figure.</param>
/// <param name="ConfusedWith">The class that most of the wrong queries are nearest to, the smaller of two; null where none is wrong.</param>
/// <param name="ConfusedCount">How many are nearest to it.</param>
public sealed record ClassScore(long Label, int Queries, int Wrong, IReadOnlyList<double?> Means, long? ConfusedWith, int ConfusedCount)
{
    /// <summary>R@1 of the class's queries.</summary>
    public double RecallAt1 => (double)(Queries - Wrong) / Queries;
}
