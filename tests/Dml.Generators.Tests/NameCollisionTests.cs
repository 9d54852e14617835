using Dml.Configuration;

namespace Dml.Generators.Tests;

/// <summary>A type of the user's that has the name of what is generated.</summary>
public class NameCollisionTests
{
    private const string Sample = """
        namespace Samples
        {
            [Options] public sealed record Sample
            {
                /// <summary>S.</summary>
                public int Value { get; init; } = 7;
                /// <summary>S.</summary>
                public Inner Inner { get; init; } = new();
            }
            public sealed record Inner;
        }
        """;

    [Theory]
    [InlineData("namespace Samples { public sealed class SampleBinder; }", "Samples.SampleBinder2")]
    [InlineData("namespace Samples { static class SampleBinder { public const int Keys = 1; } class SampleBinder2; }", "Samples.SampleBinder3")]
    [InlineData("namespace Samples.SampleBinder { public sealed class Other; }", "Samples.SampleBinder2")]
    [InlineData("namespace Samples { public enum SampleBinder { One } public sealed class InnerBinder; }", "Samples.SampleBinder2")]
    [InlineData("namespace Samples { public sealed class SampleBinder<T>; }", "Samples.SampleBinder")]
    [InlineData("namespace Others { public sealed class SampleBinder; }", "Samples.SampleBinder")]
    [InlineData("namespace Samples { [Options] public sealed record SampleBinder; }", "Samples.SampleBinder2")]
    public void A_type_of_the_name_of_a_binder_does_not_collide(string other, string binder)
    {
        var assembly = TestCompiler.Generate(TestCompiler.Compile(Sample, other)).Load();
        var problems = new ConfigProblems();
        Assert.Equal("""{ "value": 3, "inner": {} }""", assembly.ToJson(binder, assembly.Bind(binder, JsonNodes.Parse("""{ "value": 3 }"""), problems)));
        Assert.Empty(problems.Items);
    }

    [Fact]
    public void A_plugin_is_registered_with_the_binder_that_it_has()
    {
        var assembly = TestCompiler.Generate(TestCompiler.Compile(
            Sources.EveryType, Sources.EveryTypeLoss, "namespace Samples; public sealed class EveryTypeOptionsBinder; public sealed class StepBinder;")).Load();
        var plugin = Assert.Single(assembly.Registration.Plugins);
        Assert.Equal(22, plugin.Options.Options.Count);
        Assert.NotNull(plugin.Bind(JsonNodes.Parse("""{ "root": "", "bounds": [] }"""), new ConfigProblems()));
    }

    [Fact]
    public void Records_whose_names_differ_in_case_alone_have_files_of_their_own() => Assert.Equal(
        ["SAmpleBinder.g.cs", "SampleBinder.2.g.cs"],
        TestCompiler.Generate(TestCompiler.Compile("[Options] public sealed record Sample; [Options] public sealed record SAmple;")).FileNames);
}
