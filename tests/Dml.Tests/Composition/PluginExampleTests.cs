using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Dml.Engine.Sessions;
using Dml.Host.Terminal;

namespace Dml.Tests.Composition;

/// <summary>What <c>dml describe</c> shows as an example can be put into a config.</summary>
public sealed class PluginExampleTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.LoadFrom([(string)AppContext.GetData("Dml.PluginsDir")!]);
    private static readonly Composer Composer = new(Catalog, HostSections.All);

    public static TheoryData<string> Plugins => [.. Catalog.Plugins.Where(p => PluginSections.Kinds.Contains(p.Kind)).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Plugins))]
    public void The_example_of_a_plugin_binds_to_the_defaults(string name)
    {
        var plugin = Catalog.Get(name);
        var example = ConfigFile.Parse($"{{ {PluginExample.Render(plugin)} }}", "example.json");
        Assert.Equal(["name", .. plugin.Descriptor.Options.Options.Select(o => o.Key)], example.Members[0].Value.Members.Select(m => m.Key));
        var bound = Composer.Bind(example).Plugin(plugin.Kind)!;
        Assert.Equal(name, bound.Plugin.Name);

        // What must be given is taken from the example.
        var required = plugin.Descriptor.Options.Options.Where(o => o.Default is null).Select(o => o.Key).Prepend("name").ToHashSet();
        var section = example.Members[0].Value;
        var shortest = ConfigNode.Object(
            [new(PluginSections.Key(plugin.Kind), section with { Members = [.. section.Members.Where(m => required.Contains(m.Key))] })], "", default);
        Assert.Equal(EdgeValues.Describe(Composer.Bind(shortest).Plugin(plugin.Kind)!.Options), EdgeValues.Describe(bound.Options));
    }

    [Theory]
    [InlineData("gap")]
    [InlineData("hardest")]
    public void The_example_of_a_miner_binds_to_the_defaults_among_the_options_of_a_loss(string name)
    {
        var plugin = Catalog.Get(name);
        var example = ConfigFile.Parse($$"""{ "loss": { "name": "mined", {{PluginExample.Render(plugin)}} } }""", "example.json");
        var bound = Composer.Bind(example).Plugin(PluginKind.Loss)!.Chosen.Single(chosen => chosen.Plugin.Kind == PluginKind.Miner);
        Assert.Equal(name, bound.Plugin.Name);
        var defaults = plugin.Descriptor.Bind(ConfigNode.Object([], "loss.miner", default), new())!;
        Assert.Equal(EdgeValues.Describe(defaults), EdgeValues.Describe(bound.Options));
    }

    [Fact]
    public void What_must_be_given_has_a_value_of_its_kind()
    {
        OptionsSchema schema = new(
        [
            new("folder", "text", null, ""),
            new("count", "integer", null, "") { Minimum = 3 },
            new("share", "number", null, "") { Minimum = 0, Maximum = 0.5 },
            new("mode", "choice", null, "") { Choices = ["one", "two"] },
            new("on", "boolean", null, ""),
            new("sizes", "integer[]", null, ""),
            new("tint", "text?", null, ""),
            new("part", "record", null, "") { Nested = new([new("depth", "integer", "7", "")]) },
        ]);
        Assert.Equal(
            "\"dataset\": {\n  \"name\": \"a\",\n  \"folder\": \"...\",\n  \"count\": 3,\n  \"share\": 0.5,\n  \"mode\": \"one\",\n  \"on\": false,\n"
                + "  \"sizes\": [],\n  \"tint\": null,\n  \"part\": { \"depth\": 7 }\n}",
            PluginExample.Render(FakePlugins.Plugin("a", PluginKind.Dataset, schema)));
        Assert.Equal("\"loss\": { \"name\": \"plain\" }", PluginExample.Render(FakePlugins.Catalog.Get("plain")));
    }
}
