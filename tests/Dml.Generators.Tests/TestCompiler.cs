using System.Collections.Immutable;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dml.Generators.Tests;

/// <summary>Compiles inline source against the contracts, with the generator or the analyzers.</summary>
internal static class TestCompiler
{
    /// <summary>What every plugin project has as implicit usings.</summary>
    public const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Threading;
        global using Dml;
        global using Dml.Configuration;
        global using static TorchSharp.torch;
        """;

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p) is "netstandard.dll" or "Dml.Abstractions.dll" or "TorchSharp.dll"
                || Path.GetFileName(p).StartsWith("System.", StringComparison.Ordinal))
            .Select(p => MetadataReference.CreateFromFile(p)),
    ];

    public static CSharpCompilation Compile(params string[] sources) => CompileAs("My.Plugins", DocumentationMode.Diagnose, sources);

    public static CSharpCompilation CompileAs(string assembly, DocumentationMode documentation, params string[] sources) => CSharpCompilation.Create(
        assembly,
        sources.Prepend(Usings).Select((s, i) => Parse(s, $"File{i}.cs", documentation)),
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, warningLevel: 9999, nullableContextOptions: NullableContextOptions.Enable));

    public static SyntaxTree Parse(string source, string path, DocumentationMode documentation = DocumentationMode.Diagnose) =>
        CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest, documentation), path);

    /// <summary>Runs the generator; fails on any warning or error of the compiled result, or of the generator itself.</summary>
    public static Generated Generate(CSharpCompilation compilation)
    {
        var driver = CSharpGeneratorDriver.Create(
            [new PluginGenerator().AsSourceGenerator()], parseOptions: (CSharpParseOptions)compilation.SyntaxTrees[0].Options)
            .RunGeneratorsAndUpdateCompilation(compilation, out var output, out var diagnostics);
        Assert.Empty(diagnostics);
        AssertClean(output);
        return new(output, driver.GetRunResult().GeneratedTrees);
    }

    /// <summary>Runs all analyzers of the generator's assembly; fails when the source itself does not compile.</summary>
    public static async Task<ImmutableArray<Diagnostic>> Analyze(CSharpCompilation compilation)
    {
        AssertClean(compilation);
        var analyzers = typeof(PluginGenerator).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !t.IsAbstract)
            .Select(t => (DiagnosticAnalyzer)Activator.CreateInstance(t)!);
        var found = await compilation.WithAnalyzers([.. analyzers]).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
        return [.. found.OrderBy(d => d.Location.SourceTree?.FilePath, StringComparer.Ordinal)
            .ThenBy(d => d.Location.SourceSpan.Start).ThenBy(d => d.Id, StringComparer.Ordinal)];
    }

    /// <summary>No warning and no error, but for missing comments in the inline sources; generated code must have its comments.</summary>
    private static void AssertClean(Compilation compilation) => Assert.Empty(compilation.GetDiagnostics().Where(d =>
        d.Severity >= DiagnosticSeverity.Warning
            && !(d.Id == "CS1591" && d.Location.SourceTree?.FilePath.StartsWith("File", StringComparison.Ordinal) == true)));

    /// <summary>The files that the generator wrote.</summary>
    internal sealed record Generated(Compilation Compilation, ImmutableArray<SyntaxTree> Trees)
    {
        public IEnumerable<string> FileNames => Trees.Select(t => Path.GetFileName(t.FilePath)).Order(StringComparer.Ordinal);

        public string Text => string.Join(
            "\n",
            Trees.OrderBy(t => t.FilePath, StringComparer.Ordinal).Select(t => $"// ===== {Path.GetFileName(t.FilePath)}\n{t}"));

        public string File(string name) => Trees.Single(t => Path.GetFileName(t.FilePath) == name).ToString();

        /// <summary>Compiles to memory and loads the result, so that generated code can be run.</summary>
        public GeneratedAssembly Load()
        {
            using var image = new MemoryStream();
            var result = Compilation.Emit(image);
            Assert.True(result.Success, string.Join("\n", result.Diagnostics));
            image.Position = 0;
            return new(new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(image));
        }
    }
}
