using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Tests.Support;

namespace Dml.Tests.Composition;

public sealed class ConfigOverrideTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("seed=7", """{"seed":7,"loss":{"name":"margin","scale":3}}""")]
    [InlineData("run.title=two words", """{"seed":1,"loss":{"name":"margin","scale":3},"run":{"title":"two words"}}""")]
    [InlineData("run.note=\"7\"", """{"seed":1,"loss":{"name":"margin","scale":3},"run":{"note":"7"}}""")]
    [InlineData("run.url=a=b//c", """{"seed":1,"loss":{"name":"margin","scale":3},"run":{"url":"a=b//c"}}""")]
    [InlineData("run.empty=", """{"seed":1,"loss":{"name":"margin","scale":3},"run":{"empty":""}}""")]
    [InlineData("run.list=[1,2", """{"seed":1,"loss":{"name":"margin","scale":3},"run":{"list":"[1,2"}}""")]
    [InlineData("loss.scale=[1,{\"a\":null}]", """{"seed":1,"loss":{"name":"margin","scale":[1,{"a":null}]}}""")]
    [InlineData("loss.name=margin", """{"seed":1,"loss":{"name":"margin","scale":3}}""")]
    [InlineData("loss.name=plain", """{"seed":1,"loss":{"name":"plain"}}""")]
    [InlineData("seed[0]x=2", """{"seed":1,"loss":{"name":"margin","scale":3},"seed[0]x":2}""")]
    [InlineData("loss=plain", """{"seed":1,"loss":{"name":"plain"}}""")]
    [InlineData("loss={\"name\":\"margin\",\"scale\":4}", """{"seed":1,"loss":{"name":"margin","scale":4}}""")]
    public void A_value_is_set(string setting, string expected) => Assert.Equal(expected, Set(setting));

    [Fact]
    public void Overrides_apply_in_the_order_given()
    {
        Assert.Equal("""{"seed":1,"loss":{"name":"plain","rate":5}}""", Set("loss.scale=4", "loss.name=plain", "loss.rate=5"));
        Assert.Equal("""{"seed":1,"loss":{"name":"plain"}}""", Set("loss.rate=5", "loss.name=plain"));
    }

    [Fact]
    public void Problems_of_a_set_value_name_the_override() => Assert.Equal(
        "--set loss.scale=500: loss.scale: expected a number from 0.1 to 100, found the number 500",
        Assert.Throws<ConfigException>(() => new Composer(FakePlugins.Catalog, []).Bind(
            ConfigFile.Load(_folder.Write("a.json", """{ "loss": { "name": "margin", "folder": "x" } }"""), ["loss.scale=500"]))).ShownSentence());

    [Theory]
    [InlineData("loss.scale", "--set loss.scale: expected path=value such as loss.scale=32, found no \"=\"; add the value.")]
    [InlineData(
        "=3", "--set =3: expected path=value such as loss.scale=32, found the path \"\" with an empty key; write the keys with single dots between them.")]
    [InlineData("loss..scale=3", "--set loss..scale=3: expected path=value such as loss.scale=32, found the path \"loss..scale\" with an empty key; "
        + "write the keys with single dots between them.")]
    [InlineData("extends=b.json", "--set extends=b.json: expected the path of a value, found \"extends\", which only a file can give; "
        + "name the other config file itself or extend it in a file of your own.")]
    public void A_malformed_override_is_refused(string setting, string expected) =>
        Assert.Equal(expected, Assert.Throws<DmlException>(() => Set(setting)).ShownSentence());

    [Fact]
    public void An_override_through_a_value_that_is_no_object_is_refused()
    {
        var file = _folder.Write("b.json", "{\n\"seed\": 1 }");
        Assert.Equal(
            $"--set seed.first=2: expected an object at seed to set \"first\" in, found the number 1 ({file}:2); set seed as a whole.",
            Assert.Throws<DmlException>(() => ConfigFile.Load(file, ["seed.first=2"])).ShownSentence());
    }

    [Theory]
    [InlineData("loss.parts[1].weight=3", """[{"weight":1,"loss":{"name":"a","x":1}},{"loss":"b","weight":3}]""")]
    [InlineData("loss.parts[0].loss.x=2", """[{"weight":1,"loss":{"name":"a","x":2}},{"loss":"b"}]""")]
    [InlineData("loss.parts[0].loss.name=c", """[{"weight":1,"loss":{"name":"c"}},{"loss":"b"}]""")]
    [InlineData("loss.parts[1]={\"loss\":[[1],2]}", """[{"weight":1,"loss":{"name":"a","x":1}},{"loss":[[1],2]}]""")]
    public void An_item_of_a_list_is_set(string setting, string expected)
    {
        var file = _folder.Write("a.json", """{ "loss": { "name": "sum", "parts": [ { "weight": 1, "loss": { "name": "a", "x": 1 } }, { "loss": "b" } ] } }""");
        var root = System.Text.Json.Nodes.JsonNode.Parse(ConfigFile.ToJson(ConfigFile.Load(file, [setting])))!;
        Assert.Equal(expected, root["loss"]!["parts"]!.ToJsonString());
    }

    [Theory]
    [InlineData("loss.parts[2].weight=3", "--set loss.parts[2].weight=3: expected a list at loss.parts with an item [2], counted from 0, "
        + "found a list of 2 (a.json:1); set loss.parts as a whole.")]
    [InlineData("loss.parts[-1]=3", "--set loss.parts[-1]=3: expected a list at loss.parts with an item [-1], counted from 0, "
        + "found a list of 2 (a.json:1); set loss.parts as a whole.")]
    [InlineData("loss.name[0]=3", "--set loss.name[0]=3: expected a list at loss.name with an item [0], counted from 0, "
        + "found no list (a.json:1); set loss.name as a whole.")]
    [InlineData("loss.parts[0][1]=3", "--set loss.parts[0][1]=3: expected a list at loss.parts[0] with an item [1], counted from 0, "
        + "found no list (a.json:1); set loss.parts[0] as a whole.")]
    public void An_item_that_is_not_there_is_refused(string setting, string expected)
    {
        var root = ConfigFile.Parse("""{ "loss": { "name": "sum", "parts": [ { "weight": 1 }, { "loss": "b" } ] } }""", "a.json");
        Assert.Equal(expected, Assert.Throws<DmlException>(() => ConfigOverride.Apply(root, setting)).ShownSentence());
    }

    private string Set(params string[] settings)
    {
        var root = ConfigFile.Load(_folder.Write("a.json", """{ "seed": 1, "loss": { "name": "margin", "scale": 3 } }"""), settings);
        return System.Text.Json.Nodes.JsonNode.Parse(ConfigFile.ToJson(root))!.ToJsonString();
    }
}
