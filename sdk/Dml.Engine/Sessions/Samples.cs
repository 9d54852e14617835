namespace Dml.Engine;

/// <summary>Which part of a dataset.</summary>
public enum Split
{
    /// <summary>The training samples.</summary>
    Training,

    /// <summary>The test items.</summary>
    Test,
}

/// <summary>A training sample as a cause of an error.</summary>
/// <param name="Index">Training index.</param>
/// <param name="Id">Stable name.</param>
/// <param name="Label">The label that was trained on.</param>
/// <param name="ClassName">Name of that class.</param>
/// <param name="Harm">Above 0: training on the sample makes the error worse; below 0: it helps. Of an estimator without a sign: relevance.</param>
public sealed record Cause(int Index, string Id, long Label, string ClassName, double Harm);

/// <summary>An item near another one.</summary>
/// <param name="Index">Index within its split.</param>
/// <param name="Id">Stable name.</param>
/// <param name="Label">Its label.</param>
/// <param name="ClassName">Name of that class.</param>
/// <param name="Distance">Euclidean distance of the embeddings, as they are.</param>
public sealed record Neighbour(int Index, string Id, long Label, string ClassName, double Distance);

/// <summary>A training sample whose label may be wrong.</summary>
/// <param name="Index">Training index.</param>
/// <param name="Id">Stable name.</param>
/// <param name="Label">The label that was trained on.</param>
/// <param name="ClassName">Name of that class.</param>
/// <param name="Suspicion">The higher, the earlier it should be checked; its scale is that of what ranked.</param>
/// <param name="SuggestedLabel">The likeliest other class by the samples of each class (Gaussians, numerics, section 8), without the sample itself.</param>
/// <param name="SuggestedName">Name of that class.</param>
/// <param name="Vote">Share of the neighbours' votes for it, 0 to 1; NaN where there are too many samples to search all neighbours.</param>
/// <param name="OwnVote">Share of the votes for its own label; NaN likewise.</param>
public sealed record Suspect(
    int Index, string Id, long Label, string ClassName, double Suspicion, long SuggestedLabel, string SuggestedName, double Vote, double OwnVote)
{
    /// <summary>The probability that the suggested class is the right one, 0 to 1, whatever ranked.</summary>
    public double Confidence { get; init; }

    /// <summary>The suggestion as a change of label.</summary>
    public Relabel Relabel => new(Index, SuggestedLabel);
}

/// <summary>A training sample that gets another label.</summary>
/// <param name="Index">Training index.</param>
/// <param name="Label">The new label, a training class.</param>
public readonly record struct Relabel(int Index, long Label);
