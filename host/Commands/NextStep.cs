using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>The command that a person most likely wants after the one that ended.</summary>
internal static class NextStep
{
    /// <summary>Says it, to people, and where the command is not a part of another one.</summary>
    /// <param name="line">The command line that comes next.</param>
    /// <param name="does">What it does, as the rest of a sentence.</param>
    /// <param name="after">The commands after which it is said.</param>
    public static void Say(string line, string does, params IReadOnlyList<string> after)
    {
        if (CommandOutput.Current.IsForPeople && after.Contains(CommandOutput.Current.Command)) Console.WriteLine($"Next: `{line}` {does}.");
    }
}
