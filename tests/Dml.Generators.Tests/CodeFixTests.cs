using Dml.Generators.CodeFixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;

namespace Dml.Generators.Tests;

/// <summary>Applies code fixes: the result compiles without warnings, is what a person would write, and has the mistake no more.</summary>
public class CodeFixTests
{
    private const string Body = Sources.LossBody;

    [Theory]
    [InlineData("public class Sample", "public sealed class Sample")]
    [InlineData("sealed class Sample", "public sealed class Sample")]
    [InlineData("class Sample", "public sealed class Sample")]
    [InlineData("internal partial class Sample", "public sealed partial class Sample")]
    [InlineData("/// <summary>S.</summary>\n", "/// <summary>S.</summary>\n", "\nclass Sample", "\npublic sealed class Sample")]
    public Task DML001_makes_a_class_public_and_sealed(string before, string after, string then = "", string thenFixed = "") => Fixed(
        $"{(then.Length > 0 ? before : "")}[Plugin(\"sample\")]{(then.Length > 0 ? then : " " + before)} : IMetricLoss {{ {Body} }}",
        "DML001", "Make it public and sealed",
        $"{(then.Length > 0 ? after : "")}[Plugin(\"sample\")]{(then.Length > 0 ? thenFixed : " " + after)} : IMetricLoss {{ {Body} }}");

    [Theory]
    [InlineData("ProxyNca", "proxy-nca")]
    [InlineData("proxy_nca", "proxy-nca")]
    [InlineData("-Proxy  NCA-", "proxy-nca")]
    public Task DML003_corrects_a_name(string name, string corrected) => Fixed(
        $"[Plugin(\"{name}\")] public sealed class Sample : IMetricLoss {{ {Body} }}", "DML003", $"Name it {corrected}",
        $"[Plugin(\"{corrected}\")] public sealed class Sample : IMetricLoss {{ {Body} }}");

    [Fact]
    public Task DML003_has_no_correction_for_a_name_without_letters() =>
        Offered($"[Plugin(\"--\")] public sealed class Sample : IMetricLoss {{ {Body} }}", "DML003");

    [Theory]
    [InlineData("public int Value { get; set; } = 3;", "public int Value { get; init; } = 3;")]
    [InlineData("public int Value { set; get; }", "public int Value { init; get; }")]
    public Task DML008_writes_init(string before, string after) => Fixed(Record(before), "DML008", "Write init", Record(after));

    [Theory]
    [InlineData("[Options] record Sample;", "[Options] public sealed record Sample;")]
    [InlineData("/// <summary>S.</summary>\n[Options]\npublic record Sample;", "/// <summary>S.</summary>\n[Options]\npublic sealed record Sample;")]
    [InlineData("// Own.\nrecord Inner;\n" + Outer, "// Own.\npublic sealed record Inner;\n" + Outer)]
    public Task DML010_makes_a_record_public_and_sealed(string before, string after) => Fixed(before, "DML010", "Make it public and sealed", after);

    private const string Outer = "[Options] sealed record Sample { /// <summary>S.</summary>\npublic Inner[]? Inner { get; init; } }";

    [Theory]
    [InlineData("[Options] public abstract record Sample;")]
    [InlineData("[Options] public record Sample<T>;")]
    [InlineData("[Options] public sealed class Sample;")]
    public Task DML010_offers_nothing_where_that_is_not_what_is_missing(string source) => Offered(source, "DML010");

    [Theory]
    [InlineData("[Range(1, 4)] public int Value { get; init; } = 9;", "4", "[Range(1, 4)] public int Value { get; init; } = 4;")]
    [InlineData("[Range(0.5, 4)] public int Value { get; init; }", "1", "[Range(0.5, 4)] public int Value { get; init; } = 1;")]
    [InlineData("[Range(0, 0.1)] public float? Value { get; init; } = 1;", "0.1f", "[Range(0, 0.1)] public float? Value { get; init; } = 0.1f;")]
    [InlineData("[Range(1e-6, 1)] public double Value { get; init; } = -3;", "1E-06", "[Range(1e-6, 1)] public double Value { get; init; } = 1E-06;")]
    [InlineData("[Range(1, 60)] public TimeSpan Value { get; init; } = TimeSpan.FromHours(1);", "System.TimeSpan.FromSeconds(60)",
        "[Range(1, 60)] public TimeSpan Value { get; init; } = System.TimeSpan.FromSeconds(60);")]
    public Task DML017_takes_the_nearest_number_of_the_range(string before, string number, string after) =>
        Fixed(Record(before), "DML017", $"Take the default {number}", Record(after));

    [Fact]
    public Task DML017_takes_the_nearest_number_for_a_parameter() => Fixed(
        "/// <summary>S.</summary>\n/// <param name=\"Value\">S.</param>\n[Options] public sealed record Sample([Range(0, 1)] double Value = 2);", "DML017",
        "Take the default 1",
        "/// <summary>S.</summary>\n/// <param name=\"Value\">S.</param>\n[Options] public sealed record Sample([Range(0, 1)] double Value = 1);");

    [Theory]
    [InlineData("[Range(1, 4)] public int Value { get; init; } = 9;", "[Range(1, 4)] public required int Value { get; init; }")]
    [InlineData("[Range(1, 4)] public int Value { get; init; }", "[Range(1, 4)] public required int Value { get; init; }")]
    [InlineData("public string Value { get; init; } = null!;", "public required string Value { get; init; }")]
    public Task DML017_makes_an_option_required(string before, string after) => Fixed(Record(before), "DML017", "Make it required", Record(after));

    [Theory]
    [InlineData("public int Value { get; } = 3;", "public int Value { get; init; } = 3;")]
    [InlineData("public double Value = 2;", "public double Value { get; init; } = 2;")]
    [InlineData("public readonly int[] Value = [];", "public int[] Value { get; init; } = [];")]
    [InlineData("public required string Value;", "public required string Value { get; init; }")]
    public Task DML019_lets_configs_set_it(string before, string after) => Fixed(Record(before), "DML019", "Let configs set it, with init", Record(after));

    [Theory]
    [InlineData("[OptionPath] public int Value { get; init; }", "public int Value { get; init; }")]
    [InlineData("[OptionPath, Range(0, 1)] public int Value { get; init; }", "[Range(0, 1)] public int Value { get; init; }")]
    [InlineData("[OptionPath]\n[Range(0, 1)]\npublic int Value { get; init; }", "[Range(0, 1)]\npublic int Value { get; init; }")]
    public Task DML020_takes_the_attribute_away(string before, string after) => Fixed(Record(before), "DML020", "Take [OptionPath] away", Record(after));

    [Fact]
    public Task DML021_adds_the_attribute() => Fixed(
        $"namespace Samples\n{{\n    /// <summary>S.</summary>\n    public sealed class SampleLoss : IMetricLoss {{ {Body} }}\n}}", "DML021",
        "Make it the plugin sample",
        $"namespace Samples\n{{\n    /// <summary>S.</summary>\n    [Plugin(\"sample\")]\n    public sealed class SampleLoss : IMetricLoss {{ {Body} }}\n}}");

    [Fact]
    public async Task All_of_a_document_are_corrected_together()
    {
        var source = Record("public int A { get; set; }\n/// <summary>S.</summary>\npublic int B { get; set; }");
        var (document, found) = await Analyzed(source, "DML008");
        Assert.Equal(2, found.Count);
        var (provider, token) = (new DmlCodeFixProvider(), TestContext.Current.CancellationToken);
        var context = new FixAllContext(document, provider, FixAllScope.Document, "Write init", ["DML008"], new Known(found), token);
        var action = await provider.GetFixAllProvider().GetFixAsync(context);
        Assert.DoesNotContain("set;", await Applied(document, action!), StringComparison.Ordinal);
    }

    private static string Record(string option) => $"[Options] public sealed record Sample\n{{\n/// <summary>S.</summary>\n{option}\n}}";

    private static async Task Fixed(string source, string id, string title, string expected)
    {
        var (document, found) = await Analyzed(source, id);
        var actions = await Actions(document, Assert.Single(found));
        var text = await Applied(document, Assert.Single(actions, action => action.Title == title));
        Assert.Equal(expected, text);
        Assert.DoesNotContain(await TestCompiler.Analyze(TestCompiler.Compile(text)), d => d.Id == id);
    }

    /// <summary>Which corrections are offered, none here.</summary>
    private static async Task Offered(string source, string id)
    {
        var (document, found) = await Analyzed(source, id);
        Assert.Empty(await Actions(document, Assert.Single(found)));
    }

    private static async Task<(Document Document, IReadOnlyList<Diagnostic> Found)> Analyzed(string source, string id)
    {
        var compilation = TestCompiler.Compile(source);
        using var workspace = new AdhocWorkspace();
        var project = workspace.AddProject(ProjectInfo.Create(
            ProjectId.CreateNewId(), VersionStamp.Default, "My.Plugins", "My.Plugins", LanguageNames.CSharp, compilationOptions: compilation.Options,
            parseOptions: compilation.SyntaxTrees[0].Options, metadataReferences: compilation.References));
        var document = project.AddDocument("File0.cs", TestCompiler.Usings).Project.AddDocument("File1.cs", source);
        var found = await TestCompiler.Analyze((CSharpCompilation)(await document.Project.GetCompilationAsync(TestContext.Current.CancellationToken))!);
        return (document, [.. found.Where(d => d.Id == id)]);
    }

    private static async Task<List<CodeAction>> Actions(Document document, Diagnostic diagnostic)
    {
        var actions = new List<CodeAction>();
        await new DmlCodeFixProvider().RegisterCodeFixesAsync(
            new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), TestContext.Current.CancellationToken));
        return actions;
    }

    private static async Task<string> Applied(Document document, CodeAction action)
    {
        var operations = await action.GetOperationsAsync(TestContext.Current.CancellationToken);
        var solution = Assert.Single(operations.OfType<ApplyChangesOperation>()).ChangedSolution;
        return (await solution.GetDocument(document.Id)!.GetTextAsync(TestContext.Current.CancellationToken)).ToString().ReplaceLineEndings("\n");
    }

    /// <summary>Diagnostics that were found before.</summary>
    private sealed class Known(IReadOnlyList<Diagnostic> found) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>(found);

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>(found);

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
