namespace Dml.Engine;

/// <summary>An image or an item of a run with what lies nearest to it.</summary>
/// <param name="Query">Id of the item, or the file as it was named.</param>
/// <param name="Split">Where the item stands; null for a file from elsewhere.</param>
/// <param name="Index">Its index within the split; null for a file from elsewhere.</param>
/// <param name="Label">Its label; null for a file from elsewhere, whose class is not known.</param>
/// <param name="ClassName">Name of that class, or null.</param>
/// <param name="Neighbours">Nearest first, without the item itself.</param>
public sealed record Retrieval(
    string Query, Split? Split, int? Index, long? Label, string? ClassName, IReadOnlyList<Neighbour> Neighbours)
{
    /// <summary>Whether the nearest neighbour has the item's class; null for a file from elsewhere or where there is no neighbour.</summary>
    public bool? IsRight => Label is null || Neighbours.Count == 0 ? null : Neighbours[0].Label == Label;

    /// <summary>
    /// Whether no other item of the split that was searched has the item's class, so that it cannot be retrieved whatever the model;
    /// false for a file from elsewhere.
    /// </summary>
    public bool IsLone { get; init; }
}
