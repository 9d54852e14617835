using System.IO.Enumeration;

namespace Dml.Tests.Testing;

/// <summary>Compares sentences in which figures and temporary folders are left open.</summary>
internal static class Sentences
{
    /// <param name="pattern">The sentence; * stands for any text.</param>
    /// <param name="actual">What was said.</param>
    public static void AssertLike(string pattern, string actual)
    {
        if (!FileSystemName.MatchesSimpleExpression(pattern, actual, ignoreCase: false)) Assert.Equal(pattern, actual);
    }
}
