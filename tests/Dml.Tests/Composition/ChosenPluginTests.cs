using System.Text.Json.Nodes;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Host.Terminal;
using Dml.Plugins;
using Dml.Tests.Losses;
using Dml.Tests.Support;

namespace Dml.Tests.Composition;

/// <summary>Plugins that the options of a plugin choose by name.</summary>
public sealed class ChosenPluginTests
{
    [Theory]
    [InlineData("""{ "name": "composed", "parts": [ { "loss": "triplett" } ] }""",
        "loss.parts[0].loss.name: unknown loss plugin \"triplett\"; did you mean \"triplet\"?")]
    [InlineData("""{ "name": "xbm", "loss": "zzzzzzzzz" }""", "loss.loss.name: unknown loss plugin \"zzzzzzzzz\"; valid: arcface, circle, *")]
    [InlineData("""{ "name": "xbm", "loss": "eif" }""", "loss.loss.name: expected a loss plugin, found the estimator plugin \"eif\"; valid: *")]
    [InlineData("""{ "name": "composed", "parts": [ { "loss": "triplet" }, { "loss": { "name": "triplet", "margn": 1 } } ] }""",
        "loss.parts[1].loss.margn: unknown key \"margn\"; did you mean \"margin\"?")]
    [InlineData("""{ "name": "composed", "parts": [ { "loss": { "name": "xbm", "loss": { "name": "contrastive", "negativeMargin": 3 } } } ] }""",
        "loss.parts[0].loss.loss.negativeMargin: expected a number from 0 to 2, found the number 3")]
    [InlineData("""{ "name": "composed", "parts": [ { "weight": 2 } ] }""",
        "loss.parts[0].loss: expected one loss plugin as { \"name\": \"...\", options } or its name alone, found nothing; this option must be given")]
    [InlineData("""{ "name": "xbm", "loss": [ "triplet" ] }""",
        "loss.loss: expected one loss plugin as { \"name\": \"...\", options } or its name alone, found a list")]
    public void A_mistake_is_told_once_with_its_whole_path(string section, string problem)
    {
        var error = Assert.Throws<ConfigException>(() => ChosenLosses.Bind(section));
        var found = Assert.Single(error.Problems).ToString();
        if (problem.EndsWith('*')) Assert.StartsWith("a.json:1: " + problem[..^1], found, StringComparison.Ordinal);
        else Assert.Equal("a.json:1: " + problem, found);
    }

    [Fact]
    public void All_mistakes_are_told_together() => Assert.Equal(
        ["loss.parts[0].weight", "loss.parts[0].loss.margn", "loss.parts[1].loss.name"],
        Assert.Throws<ConfigException>(() => ChosenLosses.Bind(
            """{ "name": "composed", "parts": [ { "weight": "1", "loss": { "name": "triplet", "margn": 1 } }, { "loss": "nothing-like-it" } ] }"""))
            .Problems.Select(p => p.Path));

    [Fact]
    public void The_config_of_a_run_has_every_option_of_what_is_chosen()
    {
        var config = ChosenLosses.Bind(
            """{ "name": "composed", "parts": [ { "loss": "norm-softmax" }, { "weight": 0.50, "loss": { "name": "xbm", "size": 9 } } ] }""");
        const string Expected = """
            {
              "loss": {
                "name": "composed",
                "parts": [
                  { "weight": 1, "loss": { "name": "norm-softmax", "temperature": 0.05 } },
                  { "weight": 0.50, "loss": {
                    "name": "xbm",
                    "loss": { "name": "contrastive", "positiveMargin": 0, "negativeMargin": 1, "squared": true },
                    "size": 9, "warmUp": 1000, "weight": 1 } }
                ]
              }
            }
            """;
        var written = ConfigFile.ToJson(ResolvedConfig.Of(config, []));
        Assert.Equal(JsonNode.Parse(Expected)!.ToJsonString(), JsonNode.Parse(written)!.ToJsonString());
        Assert.Equal(written, ConfigFile.ToJson(ResolvedConfig.Of(new Composer(ChosenLosses.Catalog, []).Bind(ConfigFile.Parse(written, "config.json")), [])));
        string[] assemblies = ["Losses.Composed", "Losses.Contrastive", "Losses.NormSoftmax", "Losses.Xbm"];
        Assert.Equal(assemblies, Versions.Of(config).Keys.Where(key => key.StartsWith("Losses.", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{ "loss": { "name": "triplet" } }""", """{"name":"xbm","loss":{"name":"triplet"},"size":9}""")]
    [InlineData("""{ "loss": { "negativeMargin": 0.5 } }""", """{"name":"xbm","loss":{"name":"contrastive","squared":false,"negativeMargin":0.5},"size":9}""")]
    [InlineData("""{ "loss": "triplet" }""", """{"name":"xbm","loss":"triplet","size":9}""")]
    [InlineData("""{ "name": "supcon" }""", """{"name":"supcon"}""")]
    public void A_config_that_names_another_plugin_within_takes_no_options_over(string upper, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("base.json", """{ "loss": { "name": "xbm", "loss": { "name": "contrastive", "squared": false }, "size": 9 } }""");
        var file = folder.Write("a.json", $$"""{ "extends": "base.json", "loss": {{upper}} }""");
        Assert.Equal(expected, JsonNode.Parse(ConfigFile.ToJson(ConfigFile.Load(file)))!["loss"]!.ToJsonString());
    }

    [Fact]
    public void An_override_that_names_another_plugin_within_drops_the_options_of_the_one_before()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("a.json", """{ "loss": { "name": "xbm", "loss": { "name": "contrastive", "squared": false } } }""");
        Assert.Equal(
            """{"name":"xbm","loss":{"name":"triplet","margin":0.3}}""",
            JsonNode.Parse(ConfigFile.ToJson(ConfigFile.Load(file, ["loss.loss.name=triplet", "loss.loss.margin=0.3"])))!["loss"]!.ToJsonString());
    }

    [Fact]
    public void A_program_chooses_them_by_records()
    {
        var options = new ComposedOptions
        {
            Parts = [new() { Loss = new("arcface") }, new() { Weight = 0.5, Loss = new("triplet", """{ "margin": 0.1, "mining": "hard" }""") }],
        };
        var written = JsonNode.Parse(RunConfig.Parse("{}").With(options).ToString())!["loss"]!.ToJsonString();
        Assert.Equal(
            """{"name":"composed","parts":[{"weight":1,"loss":"arcface"},{"weight":0.5,"loss":{"name":"triplet","margin":0.1,"mining":"hard"}}]}""", written);
        ChosenLosses.Bind(written);
    }

    [Fact]
    public void Plugins_whose_defaults_choose_each_other_without_end_are_refused()
    {
        var schema = new OptionsSchema([new("loss", "plugin", "\"endless\"", "Itself.") { Plugin = PluginKind.Loss }]);
        var catalog = new PluginCatalog([FakePlugins.Plugin("endless", PluginKind.Loss, schema, (_, _) => schema)], []);
        var error = Assert.Throws<ConfigException>(() => new Composer(catalog, []).Bind(ConfigFile.Parse("""{ "loss": "endless" }""", "a.json")));
        Assert.EndsWith(
            "expected no more than 16 plugins that choose each other, found more; choose one that takes no other", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_and_description_say_what_can_be_chosen()
    {
        var schema = JsonNode.Parse(ConfigSchema.Render(ChosenLosses.Catalog, []))!["properties"]!["loss"]!["oneOf"]!.AsArray();
        var xbm = schema.Single(form => (string?)form!["title"] == "xbm")!["properties"]!["loss"]!;
        Assert.Equal(("#/properties/loss", "contrastive"), ((string?)xbm["$ref"], (string?)xbm["default"]));
        var text = PluginDescription.Render(ChosenLosses.Catalog.Get("composed"));
        Assert.Contains("a loss with its options, or its name alone", text, StringComparison.Ordinal);
        Assert.Contains(
            """[{ "weight": 1, "loss": "proxy-nca-pp" }, { "weight": 0.5, "loss": "triplet" }]""", text, StringComparison.Ordinal);
    }
}
