using System.CommandLine;
using System.Globalization;
using Dml.Engine.Explaining;

namespace Dml.Host.Commands;

/// <summary>The options that say which confusions a command explains.</summary>
internal sealed class TargetOptions
{
    private const string AllPairs = "all";

    private readonly Option<string[]> _pair = new("--pair")
    {
        Description = "Two test items of different class by index or by id, A:B. Repeatable.",
        HelpName = "A:B",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string?> _pairs;
    private readonly Option<int?> _groups;

    private TargetOptions(string explained)
    {
        _pairs = new("--pairs") { Description = $"all, or the number of wrong test items{explained}, by ascending index.", HelpName = "all|N" };
        _groups = new("--groups")
        {
            Description = $"Number of confusion groups{explained}; {TargetSelection.DefaultGroups} when nothing else is asked for.",
            HelpName = "N",
        };
    }

    /// <summary>Adds them.</summary>
    /// <param name="command">The command.</param>
    /// <param name="explained">What is said of their number in the help, after a space; empty for nothing.</param>
    public static TargetOptions AddTo(Command command, string explained = "")
    {
        var options = new TargetOptions(explained);
        foreach (var option in new Option[] { options._pair, options._pairs, options._groups }) command.Options.Add(option);
        return options;
    }

    /// <summary>Reads them.</summary>
    /// <param name="arguments">The command line.</param>
    /// <exception cref="DmlException">A pair or a number is malformed.</exception>
    public TargetSelection Read(ParseResult arguments) => new()
    {
        NamedPairs = arguments.GetValue(_pair)!,
        WrongPairs = Wrong(arguments.GetValue(_pairs)),
        Groups = arguments.GetValue(_groups),
    };

    private static WrongPairs Wrong(string? text) => text switch
    {
        null => WrongPairs.None,
        AllPairs => WrongPairs.All,
        _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? WrongPairs.First(count)
            : throw new DmlException($"--pairs: expected all or a number of at least 1, found \"{text}\"."),
    };
}
