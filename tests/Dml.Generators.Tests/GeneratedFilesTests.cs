using Microsoft.CodeAnalysis;

namespace Dml.Generators.Tests;

public class GeneratedFilesTests
{
    [Fact]
    public void A_record_that_several_use_gets_one_binder()
    {
        var generated = TestCompiler.Generate(TestCompiler.Compile(
            Sources.EveryType,
            Sources.EveryTypeLoss,
            $"namespace Samples; [Plugin(\"second\")] public sealed class Second(EveryTypeOptions options) : IMetricLoss {{ public EveryTypeOptions Options => options; {Sources.LossBody} }}",
            "namespace Samples; [Options] public sealed record Marked {\n/// <summary>S.</summary>\npublic Step? Step { get; init; } }"));
        Assert.Equal(
            ["PluginRegistration.g.cs", "Samples.EveryTypeOptionsBinder.g.cs", "Samples.MarkedBinder.g.cs", "Samples.StepBinder.g.cs"],
            generated.FileNames);
    }

    [Fact]
    public void A_marked_record_alone_makes_no_registration() =>
        Assert.Equal(["MarkedBinder.g.cs"], TestCompiler.Generate(TestCompiler.Compile("[Options] public sealed record Marked;")).FileNames);

    [Fact]
    public void Nothing_is_generated_for_a_project_without_plugins() =>
        Assert.Empty(TestCompiler.Generate(TestCompiler.Compile("public sealed record Plain;")).FileNames);

    [Theory]
    [InlineData("Losses.ProxyNcaPP", "namespace Dml.Generated.Losses_ProxyNcaPP;")]
    [InlineData("My-Plugins", "namespace Dml.Generated.My_Plugins;")]
    [InlineData("3d", "namespace Dml.Generated._3d;")]
    public void The_registration_has_a_namespace_of_its_own_in_each_assembly(string assembly, string expected)
    {
        var text = TestCompiler.Generate(TestCompiler.CompileAs(assembly, DocumentationMode.Parse, Sources.PlainDataset)).Text;
        Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Summaries_are_read_from_plain_comments_where_no_documentation_is_written()
    {
        var with = TestCompiler.Generate(TestCompiler.CompileAs("A", DocumentationMode.Parse, Sources.EveryType, Sources.EveryTypeLoss)).Text;
        var without = TestCompiler.Generate(TestCompiler.CompileAs("A", DocumentationMode.None, Sources.EveryType, Sources.EveryTypeLoss)).Text;
        Assert.Contains("Scale of the softmax, see EmbeddingSize", with, StringComparison.Ordinal);
        Assert.Equal(with, without);
    }

    [Fact]
    public void Options_of_a_base_record_come_first()
    {
        var assembly = TestCompiler.Generate(TestCompiler.Compile(
            """
            public abstract record Common
            {
                /// <summary>S.</summary>
                public virtual int Shared { get; init; } = 1;
                /// <summary>S.</summary>
                public int Other { get; init; } = 2;
            }
            [Options] public sealed record Sample : Common
            {
                /// <summary>S.</summary>
                public int Own { get; init; } = 3;
                /// <summary>S.</summary>
                public override int Shared { get; init; } = 4;
            }
            """)).Load();
        Assert.Equal([("shared", "4"), ("other", "2"), ("own", "3")], assembly.Schema("SampleBinder").Options.Select(o => (o.Key, o.Default)));
    }

    [Fact]
    public void Types_of_the_plugin_with_names_of_the_sdk_do_not_stand_in_between() => TestCompiler.Generate(TestCompiler.Compile(
        """
        namespace Samples;
        public sealed class ConfigValue; public sealed class JsonText; public sealed class Config; public sealed class Dml; public sealed class System;
        [global::Dml.Options] public sealed record Sample
        {
            /// <summary>S.</summary>
            public double Value { get; init; }
        }
        """));
}
