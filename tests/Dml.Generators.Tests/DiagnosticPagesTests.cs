using System.Runtime.CompilerServices;
using Dml.Generators.Analyzers;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Tests;

public class DiagnosticPagesTests
{
    [Fact]
    public void Every_diagnostic_has_a_page_and_every_page_a_diagnostic() => Assert.Equal(
        Descriptors.Select(d => d.Id),
        Directory.GetFiles(Folder(), "DML*.md").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_page_has_the_title_and_severity_of_its_diagnostic() => Assert.All(Descriptors, d =>
        Assert.StartsWith($"# {d.Id}: {d.Title}\n\nSeverity: {Severity(d)}\n", Read(d.Id + ".md"), StringComparison.Ordinal));

    [Fact]
    public void Every_page_says_what_is_wrong_and_why_with_an_example_of_both() => Assert.All(Descriptors, d => Assert.Equal(
        ["## What is wrong", "## Why", "## Wrong", "## Right"],
        Read(d.Id + ".md").Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal))));

    [Fact]
    public void The_index_lists_every_diagnostic() => Assert.Equal(
        Descriptors.Select(d => $"| [{d.Id}]({d.Id}.md) | {d.Title} | {Severity(d)} |"),
        Read("README.md").Split('\n').Where(line => line.StartsWith("| [DML", StringComparison.Ordinal)));

    [Fact]
    public void Every_diagnostic_links_to_its_page() => Assert.All(Descriptors, d =>
        Assert.EndsWith($"/docs/diagnostics/{d.Id}.md", d.HelpLinkUri, StringComparison.Ordinal));

    [Fact]
    public void Ids_are_unique() => Assert.Equal(Descriptors.Count(), Descriptors.Select(d => d.Id).Distinct().Count());

    private static IEnumerable<DiagnosticDescriptor> Descriptors => Diagnostics.All.OrderBy(d => d.Id, StringComparer.Ordinal);

    private static string Severity(DiagnosticDescriptor descriptor) => descriptor.DefaultSeverity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        _ => "suggestion",
    };

    private static string Read(string page) => File.ReadAllText(Path.Combine(Folder(), page)).ReplaceLineEndings("\n");

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "docs", "diagnostics");
}
