using System.Text.RegularExpressions;

namespace Dml.Tests.Architecture;

/// <summary>The house keeps its order: folders use each other one way, the engine knows no command line, nothing refers to host or plugins.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>The engine's folders, ground floor first: a folder uses only those before it.</summary>
    private static readonly string[] EngineOrder =
    [
        "Plugins", "Config", "Images", "Data", "Features", "Models", "Runs", "Training", "Evaluation", "Explaining", "Sessions", "Auditing",
        "Verification", "Fixing", "Reviews", "Reporting", "Experiments",
    ];

    /// <summary>The projects of the SDK, whose assemblies have their names; the generator runs in the compiler and refers to none of them.</summary>
    private static readonly string[] Projects = ["Dml.Abstractions", "Dml.Storage", "Dml.Numerics", "Dml.Torch", "Dml.Engine", "Dml.Testing"];

    public static TheoryData<string> Sdk => [.. Projects];

    [Theory]
    [MemberData(nameof(Sdk))]
    public void Folders_of_a_project_use_each_other_in_no_circle(string project) =>
        AssertNone(new FolderGraph(new CompiledProject(project, $"sdk/{project}").Uses).Circles());

    [Fact]
    public void Folders_of_the_engine_use_only_what_lies_below_them() =>
        AssertNone(new FolderGraph(new CompiledProject("Dml.Engine", "sdk/Dml.Engine").Uses).Upward(EngineOrder));

    /// <summary>Without this, a file that the reading misses would be free of all rules.</summary>
    [Theory]
    [MemberData(nameof(Sdk))]
    public void Every_source_file_is_seen(string project) =>
        Assert.Equal(Sources($"sdk/{project}"), new CompiledProject(project, $"sdk/{project}").Files);

    [Theory]
    [MemberData(nameof(Sdk))]
    public void The_sdk_refers_neither_to_the_host_nor_to_plugins(string project)
    {
        string[] forbidden = ["dml", .. Directory.GetDirectories(Path.Combine(Repository.Root, "plugins")).Select(folder => Path.GetFileName(folder)!)];
        Assert.Empty(new CompiledProject(project, $"sdk/{project}").References.Intersect(forbidden));
        Assert.All(ProjectReferences($"sdk/{project}/{project}.csproj"), reference => Assert.Matches(@"^\.\./Dml\.", reference));
    }

    [Fact]
    public void Nothing_refers_to_a_plugin_and_plugins_refer_to_the_sdk_alone()
    {
        // The host's project names the plugins for the order of the build alone.
        var plugins = Directory.GetDirectories(Path.Combine(Repository.Root, "plugins"));
        Assert.Empty(new CompiledProject("dml", "host").References.Intersect(plugins.Select(folder => Path.GetFileName(folder)!)));
        foreach (var folder in plugins)
        {
            foreach (var project in Directory.GetFiles(folder, "*.csproj"))
            {
                Assert.All(ProjectReferences(Path.GetRelativePath(Repository.Root, project)), reference => Assert.Matches(@"^\.\./\.\./sdk/", reference));
            }
        }
    }

    [Fact]
    public void The_host_is_commands_and_console_alone() =>
        Assert.All(Sources("host"), file => Assert.Matches(@"^(Commands/|Console/|Program\.cs$)", file));

    /// <summary>Options of the command line are named by the command line: an engine's message names what a program sets.</summary>
    [Fact]
    public void No_string_of_the_engine_names_an_option_of_the_command_line() =>
        AssertNone([.. new CompiledProject("Dml.Engine", "sdk/Dml.Engine").Strings.Where(s => CommandLineOption().IsMatch(s.Text))
            .Select(s => $"{s.File}: {s.Text}")]);

    /// <summary>The folders beside this test use each other through a generic argument one way and a constant the other.</summary>
    [Fact]
    public void A_made_up_circle_is_found_with_its_files()
    {
        var made = new CompiledProject("Dml.Tests", "tests/Dml.Tests/Architecture/MadeUp");
        Assert.Equal(["Below/Ground.cs", "Left/Opener.cs", "Right/Closer.cs"], made.Files);
        var graph = new FolderGraph(made.Uses);
        Assert.Equal(["Left -> Right: Left/Opener.cs uses Right/Closer.cs; Right -> Left: Right/Closer.cs uses Left/Opener.cs"], graph.Circles());
        Assert.Equal(["Left -> Right: Left/Opener.cs uses Right/Closer.cs"], graph.Upward(["Below", "Left", "Right"]));
        Assert.Equal(["Right has no place in the order"], graph.Upward(["Below", "Left"]));
    }

    [Fact]
    public void A_circle_of_three_folders_is_found_and_a_tree_is_none()
    {
        Use[] circle = [new("a/A.cs", "b/B.cs"), new("b/B.cs", "c/C.cs"), new("c/C.cs", "a/Other.cs")];
        Assert.Equal(["a -> b: a/A.cs uses b/B.cs; b -> c: b/B.cs uses c/C.cs; c -> a: c/C.cs uses a/Other.cs"], new FolderGraph(circle).Circles());
        Assert.Empty(new FolderGraph(
            [new("a/A.cs", "b/B.cs"), new("a/A.cs", "c/C.cs"), new("b/B.cs", "c/C.cs"), new("c/C.cs", "c/D.cs"), new("Face.cs", "a/A.cs")]).Circles());
        Assert.Single(new FolderGraph([new("Face.cs", "a/A.cs"), new("a/A.cs", "Face.cs")]).Circles());
    }

    [Theory]
    [InlineData("set --out to another folder", true)]
    [InlineData("--pair", true)]
    [InlineData("<td style=\"--share:1\">", false)]
    [InlineData("color: var(--ink)", false)]
    [InlineData("a -- b", false)]
    public void An_option_is_told_from_a_dash_and_from_a_style(string text, bool isOption) => Assert.Equal(isOption, CommandLineOption().IsMatch(text));

    /// <summary>Two dashes and a letter, but for the properties of style sheets in the report.</summary>
    [GeneratedRegex(@"(?<!style=""|var\()--[a-z]")]
    private static partial Regex CommandLineOption();

    /// <summary>Fails with every line, which the assertions of collections cut short.</summary>
    private static void AssertNone(IReadOnlyList<string> found) => Assert.True(found.Count == 0, string.Join('\n', found));

    private static IReadOnlyList<string> Sources(string project)
    {
        var root = Path.Combine(Repository.Root, project);
        return
        [
            .. Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
                .Where(file => !file.StartsWith("obj/", StringComparison.Ordinal) && !file.StartsWith("bin/", StringComparison.Ordinal)
                    && !file.StartsWith("buildTransitive/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<string> ProjectReferences(string project) =>
        Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, project)), "<ProjectReference Include=\"([^\"]+)\"")
            .Select(match => match.Groups[1].Value);
}
