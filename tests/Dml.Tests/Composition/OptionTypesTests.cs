using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Sessions;
using Dml.Host.Terminal;
using Dml.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Tests.Composition;

/// <summary>Options that are lists, objects with keys of the user's, durations and paths, from the config file to the plugin.</summary>
public sealed class OptionTypesTests : IDisposable
{
    private static readonly PluginCatalog Catalog = PluginCatalog.LoadFrom([Path.Combine((string)AppContext.GetData("Dml.TestPluginsDir")!, "Good")]);
    private static readonly Composer Composer = new(Catalog, HostSections.All);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Describe_shows_them() => Snapshot.Verify(PluginDescription.Render(Catalog.Get("many")));

    [Fact]
    public void The_schema_for_editors_knows_them() =>
        Snapshot.Verify(OptionJsonSchema.OfRecord(Catalog.Get("many").Descriptor.Options).ToJsonString(new() { WriteIndented = true }));

    [Fact]
    public void Problems_say_file_line_and_path()
    {
        var file = Write(
            "a.json",
            """
            { "loss": { "name": "many", "wait": "5m",
              "files": { "a": ["x", 1] },
              "parts": { "b": { "weight": 11, "fil": "y" } },
              "losses": { "c": { "name": "many", "rate": 2 },
                "d": "nothing" } } }
            """);
        var error = Assert.Throws<ConfigException>(() => Composer.Bind(ConfigFile.Load(file)));
        Snapshot.Verify(string.Join("\n", error.Problems.Select(p => p.ToString().Replace(file, "a.json", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_run_writes_down_every_default_within_them_and_paths_as_they_were_given()
    {
        var config = Composer.Bind(ConfigFile.Load(Given()));
        var written = ConfigFile.ToJson(ResolvedConfig.Options(config.Plugin(PluginKind.Loss)!, config.Root)).ReplaceLineEndings("\n");
        Snapshot.Verify(written);
        var again = Composer.Bind(ConfigFile.Parse($$"""{ "loss": { "name": "many", {{written.Trim()[1..^1]}} } }""", "again"));
        Assert.Equal(written, ConfigFile.ToJson(ResolvedConfig.Options(again.Plugin(PluginKind.Loss)!, again.Root)).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Keys_of_an_object_merge_with_those_of_the_base()
    {
        Write("base.json", """{ "loss": { "name": "many", "table": "t", "parts": { "a": { "weight": 2 }, "b": {} } } }""");
        var config = Composer.Bind(ConfigFile.Load(
            Write("derived.json", """{ "extends": "base.json", "loss": { "parts": { "a": { "file": "f" }, "c": {} } } }"""), ["loss.parts.c.weight=5"]));
        Assert.Equal(
            $$"""{ "a": { "file": "{{Full("f")}}", "weight": 2 }, "b": { "file": null, "weight": 1 }, "c": { "file": null, "weight": 5 } }""",
            Option(Made(config), "parts"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("\"baseFolder\": \"other\",", "other/")]
    public void Paths_start_at_the_folder_of_the_config(string setting, string folder)
    {
        var options = Made(Composer.Bind(ConfigFile.Load(Given(setting))));
        Assert.Equal($"\"{Full(folder + "t.csv")}\"", Option(options, "table"));
        Assert.Equal($$"""{ "x": ["{{Full(folder + "one")}}", "/two", ""] }""", Option(options, "files"));
        Assert.Equal(
            $$"""{ "a": { "file": "{{Full(folder + "p.csv")}}", "weight": 1 }, "b": { "file": null, "weight": 3 } }""", Option(options, "parts"));
    }

    [Fact]
    public void Paths_of_a_plugin_that_is_chosen_start_there_too()
    {
        var inner = Made(Composer.Bind(ConfigFile.Load(Given())), loss => loss.Losses["inner"]);
        Assert.Equal($"\"{Full("inner.csv")}\"", Option(inner, "table"));
        Assert.Equal($$"""{ "first": { "file": "{{Full("part.csv")}}", "weight": 1 } }""", Option(inner, "parts"));
    }

    [Fact]
    public void A_path_that_no_system_has_is_told()
    {
        var config = Composer.Bind(ConfigFile.Parse("""{ "loss": { "name": "many", "table": "t", "parts": { "a": { "file": "x\u0000y" } } } }""", "config"));
        Assert.Equal(
            "loss.parts.a.file: expected a path, found one with a character U+0000 in it; take it out.",
            Assert.Throws<DmlException>(() => Made(config)).Message);
    }

    [Fact]
    public void Paths_of_a_config_without_a_file_start_where_it_is_said()
    {
        var config = Composer.Bind(ConfigFile.Parse("""{ "loss": { "name": "many", "table": "t" } }""", "config"));
        Assert.Equal($"\"{Path.GetFullPath("t")}\"", Option(Made(config), "table"));
        Assert.Equal("\"/there/t\"", Option(Made(config.At("/there")), "table"));
    }

    /// <summary>The options that the plugin got, as JSON; the plugin's own types are known to its load context alone.</summary>
    private static ConfigNode Made(BoundConfig config, Func<dynamic, dynamic>? of = null)
    {
        var plugin = config.Plugin(PluginKind.Loss)!;
        using var services = new ServiceCollection().AddSingleton(new LossShape(2, 4, ScalarType.Float32, CPU)).BuildServiceProvider();
        using var loss = plugin.Create<IMetricLoss>(services);
        object options = (of?.Invoke(loss) ?? (dynamic)loss).Options;
        return ConfigNode.Parse(plugin.Plugin.Descriptor.ToJson!(options), "", default);
    }

    private static string Option(ConfigNode options, string key) => Json(options[key]!);

    private static string Json(ConfigNode value) => value.Kind switch
    {
        ConfigKind.Object => JsonText.Object([.. value.Members.Select(m => (m.Key, Json(m.Value)))]),
        ConfigKind.Array => JsonText.List(value.Items, Json),
        ConfigKind.String => JsonText.Of(value.Text),
        _ => value.Text,
    };

    private string Given(string setting = "") => Write(
        "given.json",
        $$"""
        { {{setting}} "loss": { "name": "many", "table": "t.csv", "wait": "1.5s", "files": { "x": ["one", "/two", ""] },
          "parts": { "a": { "file": "p.csv" }, "b": { "weight": 3 } },
          "losses": { "none": null, "flat": "flat", "inner": { "name": "many", "table": "inner.csv" } } } }
        """);

    private string Write(string name, string json)
    {
        var file = Full(name);
        File.WriteAllText(file, json);
        return file;
    }

    private string Full(string name) => Path.Combine(_folder.Path, name);
}
