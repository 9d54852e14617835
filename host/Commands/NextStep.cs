using Dml.Engine.Runs;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>The command that a person most likely wants after the one that ended.</summary>
internal static class NextStep
{
    /// <summary>A run as a person would name it in a shell.</summary>
    /// <param name="run">The run.</param>
    public static string Shown(RunFolder run)
    {
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), run.Path);
        return Quoted(relative.StartsWith("..", StringComparison.Ordinal) ? run.Path : relative);
    }

    /// <summary>A path that a shell takes as it is.</summary>
    /// <param name="path">The path.</param>
    public static string Quoted(string path) => !path.Any(c => char.IsWhiteSpace(c) || "'\"\\$`&|;<>()*?#!".Contains(c, StringComparison.Ordinal)) ? path
        : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Says it, to people, and where the command is not a part of another one.</summary>
    /// <param name="line">The command line that comes next.</param>
    /// <param name="does">What it does, as the rest of a sentence.</param>
    /// <param name="after">The commands after which it is said.</param>
    public static void Say(string line, string does, params IReadOnlyList<string> after)
    {
        if (CommandOutput.Current.IsForPeople && after.Contains(CommandOutput.Current.Command)) Console.WriteLine($"Next: `{line}` {does}.");
    }
}
