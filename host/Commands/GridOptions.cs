using System.CommandLine;
using System.Globalization;
using Dml.Engine.Explaining;

namespace Dml.Host.Commands;

/// <summary>Which part of an influence computation to do, and in which blocks.</summary>
/// <param name="SampleBlock">Training samples of a block.</param>
/// <param name="TargetBlock">Targets of a block.</param>
/// <param name="Shard">The part.</param>
/// <param name="SolveOnly">Solve the targets and score nothing.</param>
internal sealed record GridPart(int SampleBlock, int TargetBlock, Shard Shard, bool SolveOnly)
{
    /// <summary>Samples of a block when nothing else is asked for.</summary>
    public const int DefaultSampleBlock = 4096;

    /// <summary>Targets of a block when nothing else is asked for.</summary>
    public const int DefaultTargetBlock = 64;

    /// <summary>All of the work, in the default blocks.</summary>
    public static GridPart All => new(DefaultSampleBlock, DefaultTargetBlock, Shard.All, false);
}

/// <summary>The options that spread an influence computation over blocks and processes.</summary>
internal sealed class GridOptions
{
    private const int MostInBlock = 1 << 20;
    private const string Samples = "samples";

    private readonly Option<int> _block =
        new("--block") { Description = "Training samples that are in memory at once.", HelpName = "N", DefaultValueFactory = _ => GridPart.DefaultSampleBlock };
    private readonly Option<int> _targetBlock = new("--target-block")
    {
        Description = "Targets that are solved and scored at once.",
        HelpName = "N",
        DefaultValueFactory = _ => GridPart.DefaultTargetBlock,
    };
    private readonly Option<string?> _shard = new("--shard") { Description = "Does part i of n (from 0) and leaves it for `dml merge`.", HelpName = "i/n" };
    private readonly Option<string> _by = new("--shard-by")
    {
        Description = "What the parts are of: targets, or samples (after --solve).",
        DefaultValueFactory = _ => "targets",
    };
    private readonly Option<bool> _solve = new("--solve") { Description = "Solves the targets and stops, for parts of the samples to share." };

    public static GridOptions AddTo(Command command)
    {
        var options = new GridOptions();
        options._by.AcceptOnlyFromAmong("targets", Samples);
        foreach (var option in new Option[] { options._block, options._targetBlock, options._shard, options._by, options._solve }) command.Options.Add(option);
        return options;
    }

    /// <summary>Reads them.</summary>
    /// <param name="arguments">The command line.</param>
    /// <exception cref="DmlException">One is out of range, or two exclude each other.</exception>
    public GridPart Read(ParseResult arguments)
    {
        var shard = Part(arguments.GetValue(_shard), arguments.GetValue(_by) == Samples ? ShardAxis.Samples : ShardAxis.Targets);
        if (arguments.GetValue(_shard) is null && arguments.GetValue(_by) == Samples)
        {
            throw new DmlException("--shard-by: expected it with --shard i/n, found it alone; give --shard too, or leave it out.");
        }

        if (arguments.GetValue(_solve) && arguments.GetValue(_shard) is not null)
        {
            throw new DmlException("--solve: expected it without --shard, found both; solve first, then score the parts.");
        }

        return new(Size("--block", arguments.GetValue(_block)), Size("--target-block", arguments.GetValue(_targetBlock)), shard, arguments.GetValue(_solve));
    }

    /// <summary>Reads i/n; everything where nothing is given.</summary>
    private static Shard Part(string? text, ShardAxis axis)
    {
        if (text is null) return Shard.All;
        var parts = text.Split('/');
        return parts.Length == 2 && Number(parts[0], out var index) && Number(parts[1], out var count) && index < count
            ? Shard.Of(axis, index, count)
            : throw Shard.Wrong(text);
    }

    private static bool Number(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static int Size(string name, int value) => value is >= 1 and <= MostInBlock ? value
        : throw new DmlException($"{name}: expected a number from 1 to {MostInBlock}, found {value}.");
}
