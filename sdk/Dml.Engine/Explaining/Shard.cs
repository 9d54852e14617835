namespace Dml.Engine.Explaining;

/// <summary>What is divided among processes.</summary>
internal enum ShardAxis
{
    /// <summary>Each process explains some of the targets.</summary>
    Targets,

    /// <summary>Each process scores some of the training samples, against targets that were solved before.</summary>
    Samples,
}

/// <summary>One process's part of an influence computation: whole blocks, contiguous, as even as blocks allow.</summary>
/// <param name="Axis">What is divided.</param>
/// <param name="Index">From 0.</param>
/// <param name="Count">Number of parts, at least 1.</param>
internal readonly record struct Shard(ShardAxis Axis, int Index, int Count)
{
    /// <summary>Everything.</summary>
    public static Shard All => new(ShardAxis.Targets, 0, 1);

    /// <summary>Parts of the samples share targets that were solved before.</summary>
    public bool NeedsSolvedTargets => Axis == ShardAxis.Samples && Count > 1;

    /// <summary>A part.</summary>
    /// <param name="axis">What is divided.</param>
    /// <param name="index">From 0.</param>
    /// <param name="count">Number of parts.</param>
    /// <exception cref="DmlException">There is no such part.</exception>
    public static Shard Of(ShardAxis axis, int index, int count) => index >= 0 && index < count ? new(axis, index, count) : throw Wrong($"{index}/{count}");

    /// <summary>What is said of a text that is no part.</summary>
    /// <param name="text">The text.</param>
    public static DmlException Wrong(string text) => new("shard", "i/n with i from 0 to n - 1, such as 0/4", $"\"{text}\"");

    /// <summary>What is said where they were not.</summary>
    public static DmlException Unsolved() => new(
        "shard", "solved targets, which parts of the samples share", "none in the output folder",
        $"run the same command with {Mention.Option("solveOnly")} in place of {Mention.Option("shard")} and {Mention.Option("shardBy")} first");

    /// <summary>The blocks of this part along an axis; all of them along the other one.</summary>
    /// <param name="axis">An axis.</param>
    /// <param name="blocks">Number of blocks along it.</param>
    public Range Of(ShardAxis axis, int blocks) => axis != Axis ? ..blocks : (int)((long)blocks * Index / Count)..(int)((long)blocks * (Index + 1) / Count);
}
