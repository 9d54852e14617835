using Dml.Host.Commands;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>What a command left: its exit code and its two streams.</summary>
internal sealed record CommandOutcome(int ExitCode, string Output, string Error)
{
    public string LastErrorLine => Error.TrimEnd('\n').Split('\n')[^1];
}

/// <summary>Runs the command line of dml in this process.</summary>
internal static class DmlCommand
{
    public static CommandOutcome Run(params IReadOnlyList<string> arguments)
    {
        var (output, error) = (Console.Out, Console.Error);
        using var caughtOutput = new StringWriter();
        using var caughtError = new StringWriter();
        Console.SetOut(caughtOutput);
        Console.SetError(caughtError);
        try
        {
            var exitCode = CommandLine.RunAsync(arguments).GetAwaiter().GetResult();
            return new(exitCode, caughtOutput.ToString(), caughtError.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    /// <summary>Runs a command that must succeed.</summary>
    public static CommandOutcome Succeed(params IReadOnlyList<string> arguments)
    {
        var outcome = Run(arguments);
        Assert.True(outcome.ExitCode == 0, $"Exit code {outcome.ExitCode} of {string.Join(' ', arguments)}: {outcome.Error}");
        return outcome;
    }

    /// <summary>
    /// Runs a command that must end with exit code 1, this sentence on the last line of standard error and no file written below the
    /// folder. {dir} stands for the folder in the arguments and in the sentence.
    /// </summary>
    public static CommandOutcome Refuse(TemporaryFolder folder, string sentence, params IReadOnlyList<string> arguments)
    {
        var before = Files(folder.Path);
        var outcome = Run([.. arguments.Select(a => a.Replace("{dir}", folder.Path, StringComparison.Ordinal))]);
        Assert.Equal(sentence.Replace("{dir}", folder.Path, StringComparison.Ordinal), outcome.LastErrorLine);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(before, Files(folder.Path));
        return outcome;
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
