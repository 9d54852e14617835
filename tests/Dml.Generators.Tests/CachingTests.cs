using System.Collections;
using System.Reflection;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dml.Generators.Tests;

public class CachingTests
{
    private static readonly string[] Files =
    [
        Sources.EveryType,
        Sources.EveryTypeLoss,
        Sources.PlainDataset,
        Sources.Collections,
        "[Options] public sealed record Marked;",
        "class MarkedBinder;",
        "class Unrelated;",
    ];

    [Fact]
    public void An_unrelated_edit_leaves_every_step_and_every_output_cached()
    {
        var (driver, compilation) = FirstRun();
        var result = Rerun(driver, compilation, "class Unrelated;", "class Unrelated { void Added() { } }");
        foreach (var step in TrackingNames.All)
        {
            Assert.All(
                result.TrackedSteps[step].SelectMany(s => s.Outputs),
                o => Assert.True(o.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"{step}: {o.Reason}"));
        }

        Assert.All(Outputs(result), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.Equal(6, Outputs(result).Count());
    }

    [Fact]
    public void An_edit_of_an_option_changes_the_binder_of_its_record_alone()
    {
        var (driver, compilation) = FirstRun();
        var result = Rerun(driver, compilation, Sources.EveryType, Sources.EveryType.Replace("[Range(1, 10)]", "[Range(1, 11)]"));
        Assert.Single(Outputs(result), reason => reason == IncrementalStepRunReason.Modified);
        Assert.Equal(5, Outputs(result).Count(reason => reason == IncrementalStepRunReason.Cached));
        Assert.Contains(result.GeneratedSources, s => s.SourceText.ToString().Contains("Int32(1, 11)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_type_that_takes_the_name_of_a_binder_changes_that_binder_alone()
    {
        var (driver, compilation) = FirstRun();
        var result = Rerun(driver, compilation, "class Unrelated;", "namespace Samples { class PartBinder; }");
        Assert.Contains(result.GeneratedSources, s => s.HintName == "Samples.PartBinder2.g.cs");
        Assert.Equal(4, Outputs(result).Count(reason => reason == IncrementalStepRunReason.Cached));
    }

    [Fact]
    public void An_edit_of_a_default_changes_nothing_since_defaults_are_read_at_run_time()
    {
        var (driver, compilation) = FirstRun();
        var result = Rerun(driver, compilation, Sources.EveryType, Sources.EveryType.Replace("= 23.5", "= 24.5"));
        Assert.All(Outputs(result), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void No_step_hands_on_a_symbol_a_syntax_node_or_a_compilation()
    {
        var (driver, _) = FirstRun();
        var steps = driver.GetRunResult().Results.Single().TrackedSteps;
        foreach (var value in TrackingNames.All.SelectMany(name => steps[name]).SelectMany(s => s.Outputs).Select(o => o.Value)) AssertPlain(value);
    }

    [Fact]
    public void Models_are_equal_by_value()
    {
        static OptionsModel Model(string key) => new("N", "R", "global::N.R", new([Option(key)]));
        static OptionModel Option(string key) => new("P", key, "S", false, false, List(), RangeModel.All);
        static ValueModel List() => new(ValueKind.List, "L", false, true, Choice(), new([]), "", null);
        static ValueModel Choice() => new(ValueKind.Choice, "E", false, false, null, new([new("w", "M")]), "", null);
        Assert.Equal(Model("a"), Model("a"));
        Assert.Equal(Model("a").GetHashCode(), Model("a").GetHashCode());
        Assert.NotEqual(Model("a"), Model("b"));
    }

    private static (GeneratorDriver Driver, CSharpCompilation Compilation) FirstRun()
    {
        var compilation = TestCompiler.Compile(Files);
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new PluginGenerator().AsSourceGenerator()],
            parseOptions: (CSharpParseOptions)compilation.SyntaxTrees[0].Options,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        return (driver.RunGenerators(compilation), compilation);
    }

    private static GeneratorRunResult Rerun(GeneratorDriver driver, CSharpCompilation compilation, string before, string after)
    {
        Assert.NotEqual(before, after);
        var tree = compilation.SyntaxTrees.Single(t => t.ToString() == before);
        return driver.RunGenerators(compilation.ReplaceSyntaxTree(tree, TestCompiler.Parse(after, tree.FilePath))).GetRunResult().Results.Single();
    }

    private static IEnumerable<IncrementalStepRunReason> Outputs(GeneratorRunResult result) =>
        result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).Select(o => o.Reason);

    private static void AssertPlain(object? value)
    {
        if (value is null or string or double or bool or int or Enum) return;
        Assert.StartsWith("Dml.Generators.Models", value.GetType().Namespace, StringComparison.Ordinal);
        if (value is IEnumerable items)
        {
            foreach (var item in items) AssertPlain(item);
            return;
        }

        foreach (var property in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public)) AssertPlain(property.GetValue(value));
    }
}
