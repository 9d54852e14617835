using Dml.Host.Commands;

namespace Dml.Tests.Support;

/// <summary>Errors as the command line shows them.</summary>
internal static class Shown
{
    /// <summary>The sentence with flags and commands in place of the engine's names.</summary>
    public static string ShownSentence(this DmlException error) => error.ToSentence(CommandNames.Of);
}
