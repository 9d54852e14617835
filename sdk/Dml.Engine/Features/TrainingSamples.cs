namespace Dml.Engine.Features;

/// <summary>What lists of training samples show of them.</summary>
/// <param name="Ids">N stable names.</param>
/// <param name="Labels">N class indices.</param>
internal sealed record TrainingSamples(IReadOnlyList<string> Ids, IReadOnlyList<long> Labels)
{
    /// <summary>What a reader of results must know of their features file, in whole sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
