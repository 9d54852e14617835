using System.Globalization;

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

    /// <summary>What is said where they were not.</summary>
    public static DmlException Unsolved() => new(
        "shard", "solved targets, which parts of the samples share", "none in the output folder",
        $"run the same command with {Mention.Option("solveOnly")} in place of {Mention.Option("shard")} and {Mention.Option("shardBy")} first");

    /// <summary>Reads <c>i/n</c>.</summary>
    /// <param name="text">The text; null for everything.</param>
    /// <param name="axis">targets or samples.</param>
    /// <exception cref="DmlException">It is not of that form, or i is not below n.</exception>
    public static Shard Parse(string? text, string axis)
    {
        if (text is null) return All;
        var parts = text.Split('/');
        if (parts.Length != 2 || !Number(parts[0], out var index) || !Number(parts[1], out var count) || count < 1 || index >= count)
        {
            throw new DmlException("shard", "i/n with i from 0 to n - 1, such as 0/4", $"\"{text}\"");
        }

        return new(axis == "samples" ? ShardAxis.Samples : ShardAxis.Targets, index, count);
    }

    /// <summary>The blocks of this part along an axis; all of them along the other one.</summary>
    /// <param name="axis">An axis.</param>
    /// <param name="blocks">Number of blocks along it.</param>
    public Range Of(ShardAxis axis, int blocks) => axis != Axis ? ..blocks : (int)((long)blocks * Index / Count)..(int)((long)blocks * (Index + 1) / Count);

    private static bool Number(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
