namespace Dml.Engine.Runs;

/// <summary>A confusion group as a file shows it.</summary>
/// <param name="Name">As in influence files.</param>
/// <param name="Label">Class of the wrong items.</param>
/// <param name="WrongCount">All wrong items of the class.</param>
/// <param name="ConfusedWith">Classes of the neighbours in the group.</param>
/// <param name="Distance">d(G).</param>
/// <param name="Pairs">Pairs [a, b].</param>
internal sealed record GroupRecord(string Name, long Label, int WrongCount, IReadOnlyList<long> ConfusedWith, double Distance, IReadOnlyList<int[]> Pairs)
{
    /// <summary>Name of the class of the wrong items; null in old files.</summary>
    public string? ClassName { get; init; }

    /// <summary>Names of the classes of the neighbours; null in old files.</summary>
    public IReadOnlyList<string>? ConfusedNames { get; init; }

    /// <summary>Ids of the pairs; null in old files.</summary>
    public IReadOnlyList<string[]>? Ids { get; init; }
}

/// <summary>confusions.json: the retrieval errors of the test split.</summary>
/// <param name="TestItems">M.</param>
/// <param name="Wrong">Pairs [a, b] of the wrong items by ascending index, b the nearest neighbour of a.</param>
/// <param name="Groups">Groups of the classes with most wrong items.</param>
internal sealed record ConfusionsRecord(int TestItems, IReadOnlyList<int[]> Wrong, IReadOnlyList<GroupRecord> Groups)
{
    /// <summary>Ids of the wrong items and their neighbours, in the order of <see cref="Wrong"/>; null in old files.</summary>
    public IReadOnlyList<string[]>? WrongIds { get; init; }

    /// <summary>
    /// Indices of the wrong items that are the only ones of their class: no other item could be their nearest neighbour and right. Null for none.
    /// </summary>
    public IReadOnlyList<int>? Lone { get; init; }

    /// <summary>What this was computed from; null in old files.</summary>
    public Origin? Origin { get; init; }

    public static ConfusionsRecord Read(string path) => RunFile.Read(path, RunJson.Default.ConfusionsRecord, Mention.Operation("confusions"));

    public void Write(string path) => RunFile.Write(path, this, RunJson.Default.ConfusionsRecord);
}
