namespace Dml.Engine;

/// <summary>What a review has come to: the decisions that hold.</summary>
/// <param name="Decisions">The latest decision about each sample that was not undone, by number.</param>
/// <param name="Last">Number of the last line of the log; 0 for an empty one.</param>
public sealed record ReviewState(IReadOnlyList<ReviewDecision> Decisions, long Last)
{
    private readonly Dictionary<int, ReviewDecision> _bySample = Decisions.ToDictionary(d => d.Index);

    /// <summary>The changes that were decided on.</summary>
    public DataEdits Edits { get; } = new(
        [.. Decisions.Where(d => d.Label is not null).Select(d => new Relabel(d.Index, d.Label!.Value))],
        [.. Decisions.Where(d => d.Action == ReviewAction.Exclude).Select(d => d.Index)]);

    /// <summary>The decision about a sample; null where there is none.</summary>
    /// <param name="index">Training index.</param>
    public ReviewDecision? Of(int index) => _bySample.GetValueOrDefault(index);
}
