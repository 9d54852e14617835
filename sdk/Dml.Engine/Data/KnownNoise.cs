namespace Dml.Engine.Data;

/// <summary>Known label noise of a run.</summary>
/// <param name="Indices">Training indices that got a wrong label, in the order of the draw or of the given list.</param>
/// <param name="TrueLabels">Their true labels, in the same order.</param>
/// <param name="Source">Where the indices come from: numpy, system or given; null where there are none.</param>
internal sealed record KnownNoise(IReadOnlyList<int> Indices, IReadOnlyList<int> TrueLabels, string? Source)
{
    public static KnownNoise None { get; } = new([], [], null);
}
