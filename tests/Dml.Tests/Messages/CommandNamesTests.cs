using Dml.Host.Commands;

namespace Dml.Tests.Messages;

public sealed class CommandNamesTests
{
    public static TheoryData<string, Mention> Names => new()
    {
        { "--out", Mention.Option("output") },
        { "--pair 3:4", Mention.Option("pairs", "3:4") },
        { "loss.scale", Mention.Option("loss.scale") },
        { "--set loss.scale=3", Mention.Option("loss.scale", "3") },
        { "DML_PLUGINS", Mention.Option("DML_PLUGINS") },
        { "`dml train`", Mention.Operation("train") },
        { "`dml train --resume runs/a`", Mention.Operation("train", ("resume", "runs/a")) },
        { "`dml train CONFIG --out runs/a`", Mention.Operation("train", ("config", "CONFIG"), ("output", "runs/a")) },
        { "`dml influence ... --shard i/n --out a`", Mention.Operation("influence", ("", "..."), ("shard", "i/n"), ("output", "a")) },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Options_are_shown_as_flags_and_operations_as_commands(string shown, Mention mention) => Assert.Equal(shown, CommandNames.Of(mention));

    [Fact]
    public void Every_flag_is_one_of_a_command()
    {
        var known = CommandLine.Create().Subcommands.SelectMany(c => c.Options).Select(o => o.Name).ToHashSet();
        Assert.Empty(CommandNames.Flags.Values.Except(known));
    }
}
