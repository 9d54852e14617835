using System.Globalization;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Tests;

/// <summary>Compares what the analyzers find in inline source with what is expected; anything else found fails the test.</summary>
internal static class Expect
{
    /// <param name="source">Compiles without warnings by itself.</param>
    /// <param name="expected">In the order of the source: <c>ID text: message</c> with the text that is underlined.</param>
    public static async Task Diagnostics(string source, params string[] expected)
    {
        var compilation = TestCompiler.Compile(source);
        var found = await TestCompiler.Analyze(compilation);
        Assert.Equal(expected, found.Select(Describe));

        // What the analyzers call an error, the generator skips, and it stays silent about it. Code for the others compiles.
        var skipped = found.Any(d => d.Severity == DiagnosticSeverity.Error && d.Id is not ("DML004" or "DML008" or "DML017"));
        if (skipped) Assert.Empty(TestCompiler.Generate(compilation).Trees);
    }

    private static string Describe(Diagnostic diagnostic)
    {
        var text = diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan);
        return $"{diagnostic.Id} {text}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}";
    }
}
