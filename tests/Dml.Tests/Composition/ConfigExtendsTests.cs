using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Tests.Support;

namespace Dml.Tests.Composition;

public sealed class ConfigExtendsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Objects_merge_key_by_key_and_everything_else_is_replaced()
    {
        _folder.Write("base.json", """{ "seed": 1, "training": { "epochs": 3, "rates": [1, 2], "warmup": { "steps": 4, "from": 0 } } }""");
        var root = ConfigFile.Load(
            _folder.Write("a.json", """{ "extends": "base.json", "training": { "rates": [3], "warmup": { "steps": 5 } }, "name": "x" }"""));
        Assert.Equal("""{"seed":1,"training":{"epochs":3,"rates":[3],"warmup":{"steps":5,"from":0}},"name":"x"}""", Compact(root));
    }

    [Fact]
    public void Each_value_keeps_the_line_of_its_own_file_through_a_chain_over_folders()
    {
        _folder.Write("common/root.json", "{\n\n\"training\": {\n\"epochs\": 3, \"size\": 8 } }");
        _folder.Write("base.json", "{ \"extends\": \"common/root.json\",\n\"training\": {\n\n\n\n\"size\": 9 } }");
        var training = ConfigFile.Load(_folder.Write("a.json", "{\n\"extends\": \"base.json\", \"training\":\n{ \"rate\": 1 } }"))["training"]!;
        Assert.Equal($"{_folder.Path}/a.json:3", training.Source.ToString());
        Assert.Equal($"{_folder.Path}/a.json:3", training["rate"]!.Source.ToString());
        Assert.Equal($"{_folder.Path}/base.json:6", training["size"]!.Source.ToString());
        Assert.Equal($"{_folder.Path}/common/root.json:4", training["epochs"]!.Source.ToString());
    }

    [Fact]
    public void Problems_name_the_file_that_the_wrong_value_comes_from()
    {
        var lower = _folder.Write("base.json", "{ \"loss\": { \"name\": \"margin\", \"folder\": \"x\",\n\"scal\": 3 } }");
        var upper = _folder.Write("a.json", "{ \"extends\": \"base.json\",\n\n\"loss\": { \"scale\": 500 } }");
        Assert.Equal(
            $"""
            {lower}:2: loss.scal: unknown key "scal"; did you mean "scale"?
            {upper}:3: loss.scale: expected a number from 0.1 to 100, found the number 500
            """,
            Assert.Throws<ConfigException>(() => new Composer(FakePlugins.Catalog, []).Bind(ConfigFile.Load(upper))).Message);
    }

    [Theory]
    [InlineData("""{ "name": "margin", "scale": 3, "noise": { "std": 1 } }""", """{ "scale": 4 }""", """{"name":"margin","scale":4,"noise":{"std":1}}""")]
    [InlineData("""{ "name": "margin", "scale": 3 }""", """{ "name": "margin", "folder": "x" }""", """{"name":"margin","scale":3,"folder":"x"}""")]
    [InlineData("""{ "name": "margin", "scale": 3 }""", "\"margin\"", """{"name":"margin","scale":3}""")]
    [InlineData("\"margin\"", """{ "scale": 4 }""", """{"name":"margin","scale":4}""")]
    [InlineData("""{ "name": "margin", "scale": 3 }""", """{ "name": "plain", "rate": 1 }""", """{"name":"plain","rate":1}""")]
    [InlineData("""{ "name": "margin", "scale": 3 }""", "\"plain\"", """{"name":"plain"}""")]
    [InlineData("""{ "scale": 3 }""", """{ "name": "margin" }""", """{"scale":3,"name":"margin"}""")]
    public void A_plugin_section_merges_with_the_same_plugin_and_replaces_another(string lower, string upper, string expected)
    {
        _folder.Write("base.json", $$"""{ "loss": {{lower}} }""");
        Assert.Equal(expected, Compact(ConfigFile.Load(_folder.Write("a.json", $$"""{ "extends": "base.json", "loss": {{upper}} }"""))["loss"]!));
    }

    [Fact]
    public void A_name_outside_plugin_sections_is_a_value_like_any_other()
    {
        _folder.Write("base.json", """{ "run": { "name": "a", "seed": 1 } }""");
        Assert.Equal(
            """{"name":"b","seed":1}""", Compact(ConfigFile.Load(_folder.Write("a.json", """{ "extends": "base.json", "run": { "name": "b" } }"""))["run"]!));
    }

    [Fact]
    public void A_circle_is_told_with_all_its_files()
    {
        var (a, b) = (Path.Combine(_folder.Path, "a.json"), Path.Combine(_folder.Path, "b.json"));
        _folder.Write("a.json", "{ \"extends\": \"b.json\" }");
        _folder.Write("b.json", "{\n\"extends\": \"a.json\" }");
        Assert.Equal(
            $"{b}:2: extends: expected a chain of configs that ends, found the circle {a} -> {b} -> {a}; remove one \"extends\" of it",
            Assert.Throws<ConfigException>(() => ConfigFile.Load(a)).Message);
    }

    [Fact]
    public void A_missing_base_is_told_with_both_files()
    {
        var file = _folder.Write("a.json", "{\n\"extends\": \"missing.json\" }");
        Assert.Equal(
            $"{file}:2: extends: expected a config file at {_folder.Path}/missing.json, found none; "
                + $"the name is taken relative to the folder of {file}, so correct it there or add the file",
            Assert.Throws<ConfigException>(() => ConfigFile.Load(file)).Message);
    }

    [Fact]
    public void A_base_that_is_no_name_is_refused()
    {
        var file = _folder.Write("a.json", "{ \"extends\": 3 }");
        Assert.Equal(
            $"{file}:1: extends: expected the file name of another config, found the number 3; give one name or remove the key",
            Assert.Throws<ConfigException>(() => ConfigFile.Load(file)).Message);
    }

    private static string Compact(ConfigNode node) => System.Text.Json.Nodes.JsonNode.Parse(ConfigFile.ToJson(node))!.ToJsonString();
}
