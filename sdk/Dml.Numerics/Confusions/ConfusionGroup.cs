namespace Dml.Numerics;

/// <summary>The confusion group of a test class.</summary>
/// <param name="Label">The class that the wrong items have.</param>
/// <param name="WrongCount">All wrong items of the class, also those outside the group.</param>
/// <param name="ConfusedWith">The classes of the neighbours in the group, most frequent first.</param>
/// <param name="Confusion">The pairs.</param>
public sealed record ConfusionGroup(long Label, int WrongCount, IReadOnlyList<long> ConfusedWith, Confusion Confusion);
