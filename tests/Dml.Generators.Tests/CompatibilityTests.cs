using System.Reflection;
using System.Runtime.Versioning;
using Dml.Generators.CodeFixes;

namespace Dml.Generators.Tests;

public class CompatibilityTests
{
    private static readonly Assembly Generator = typeof(PluginGenerator).Assembly;
    private static readonly Assembly Fixes = typeof(DmlCodeFixProvider).Assembly;

    [Fact]
    public void The_code_fixes_ask_for_no_newer_editor_and_for_nothing_that_an_editor_does_not_bring()
    {
        Assert.Equal(".NETStandard,Version=v2.0", Fixes.GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName);
        string[] others = ["netstandard", "System.Collections.Immutable", "System.Composition.AttributedModel"];
        Assert.All(Fixes.GetReferencedAssemblies(), a =>
        {
            if (a.Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)) Assert.Equal(new Version(4, 8, 0, 0), a.Version);
            else Assert.Contains(a.Name, others);
        });
    }

    [Fact]
    public void The_compiler_is_asked_for_no_part_of_an_editor() =>
        Assert.DoesNotContain(Generator.GetReferencedAssemblies(), a => a.Name!.Contains("Workspaces", StringComparison.Ordinal));

    [Fact]
    public void The_generator_asks_for_no_newer_compiler_than_that_of_dotnet_8() => Assert.All(
        Generator.GetReferencedAssemblies().Where(a => a.Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)),
        a => Assert.Equal(new Version(4, 8, 0, 0), a.Version));

    [Fact]
    public void The_generator_is_built_for_every_compiler_host() =>
        Assert.Equal(".NETStandard,Version=v2.0", Generator.GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName);

    [Fact]
    public void The_generator_needs_no_assembly_that_the_compiler_does_not_bring() => Assert.DoesNotContain(
        Generator.GetReferencedAssemblies(),
        a => !(a.Name is "netstandard" || a.Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)
            || a.Name is "System.Collections.Immutable" or "System.Memory"));
}
