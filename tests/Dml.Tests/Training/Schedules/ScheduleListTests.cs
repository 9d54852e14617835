using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Dml.Numerics;
using Dml.Tests.Support;

namespace Dml.Tests.Training;

public class ScheduleListTests
{
    private static readonly ValidationScore[] Falling = [.. Enumerable.Range(0, 20).Select(i => new ValidationScore(0.9 - (i / 100.0), 0.5))];

    [Fact]
    public void Every_schedule_is_found()
    {
        Assert.Superset(new HashSet<string>(["cosine", "milestones", "plateau"]), ScheduleList.All.Select(s => s.Name).ToHashSet());
        Assert.All(ScheduleList.All, s => Assert.Matches("^[A-Z].*\\.$", s.Meaning));
    }

    [Fact]
    public void Without_a_schedule_the_rates_are_those_of_milestones_and_in_validate_mode_of_plateau()
    {
        var training = Bind("""{ "training": { "milestones": [2, 3], "gamma": 0.5, "patience": 1 } }""");
        Assert.Null(training.Schedule);
        Assert.Equal([1, 1, 0.5, 0.25, 0.25], Enumerable.Range(0, 5).Select(epoch => training.RatesOf(validates: false).Factor(training, epoch, [])));
        Assert.Equal(
            [1, 1, 1, 0.5, 0.5, 0.25], Enumerable.Range(0, 6).Select(epoch => training.RatesOf(validates: true).Factor(training, epoch, Falling[..epoch])));
        Assert.Null(Bind("""{ "training": { "schedule": null } }""").Schedule);
    }

    [Theory]
    [InlineData("""{ "training": { "epochs": 4, "schedule": "cosine" } }""", 1, 0.5)]
    [InlineData("""{ "training": { "epochs": 4, "schedule": { "name": "cosine", "rampEpochs": 3, "rampStart": 0 } } }""", 0, 2.0 / 3)]
    [InlineData("""{ "training": { "gamma": 0.9, "schedule": { "name": "milestones", "epochs": [1] } } }""", 1, 0.1)]
    [InlineData("""{ "training": { "mode": "validate", "schedule": { "name": "plateau", "gamma": 0.5, "patience": 0 } } }""", 1, 0.5)]
    public void A_named_schedule_decides_with_its_own_options(string json, double first, double third)
    {
        var training = Bind(json);
        var rates = training.RatesOf(training.Mode == TrainingMode.Validate);
        Assert.Equal(first, rates.Factor(training, 0, []));
        Assert.Equal(third, rates.Factor(training, 2, Falling[..2]), 1e-15);
    }

    [Theory]
    [InlineData("""{ "schedule": "cosin" }""", "schedule.name: unknown schedule \"cosin\"; did you mean \"cosine\"?")]
    [InlineData(
        """{ "schedule": 3 }""",
        "schedule: expected a schedule as { \"name\": \"...\", options }, its name alone or null, found the number 3; valid: cosine, milestones, plateau")]
    [InlineData(
        """{ "schedule": { "rampEpochs": 3 } }""",
        "schedule: expected a schedule as { \"name\": \"...\", options }, its name alone or null, found no name; valid: cosine, milestones, plateau")]
    [InlineData("""{ "schedule": { "name": "cosine", "least": 2 } }""", "schedule.least: expected a number from 0 to 1, found the number 2")]
    [InlineData("""{ "schedule": { "name": "cosine", "rampEpoch": 2 } }""", "schedule.rampEpoch: unknown key \"rampEpoch\"; did you mean \"rampEpochs\"?")]
    [InlineData("""{ "schedul": "cosine" }""", "schedul: unknown key \"schedul\"; did you mean \"schedule\"?")]
    [InlineData("""{ "epoch": 1 }""", "epoch: unknown key \"epoch\"; did you mean \"epochs\"?")]
    [InlineData(
        """{ "schedule": "plateau" }""",
        "schedule: expected training.mode validate, whose validations plateau watches, found full; set the mode or choose another schedule")]
    [InlineData(
        """{ "schedule": "cosine", "milestones": [3] }""",
        "milestones: expected none beside training.schedule, which says how the rates change, found 1; remove one of the two")]
    [InlineData("""{ "epochs": 5, "schedule": { "name": "cosine", "rampEpochs": 5 } }""",
        "schedule.rampEpochs: expected fewer epochs of rise than the 5 of training.epochs, which they are part of, found 5; lower it or train longer")]
    public void A_mistake_is_told_with_its_place(string training, string sentence) =>
        Assert.Equal($"a.json:1: training.{sentence}", Assert.Throws<ConfigException>(() => Bind($$"""{ "training": {{training}} }""")).Message);

    [Fact]
    public void The_resolved_config_has_the_options_of_the_schedule_and_binds_to_the_same()
    {
        var resolved = Resolve("""{ "training": { "schedule": { "name": "cosine", "rampEpochs": 3 } } }""");
        Assert.Equal("""{"name":"cosine","rampEpochs":3,"rampStart":0.1,"least":0}""", Training(resolved)["schedule"]!.ToJsonString());
        Assert.Equal(resolved, Resolve(resolved));
        Assert.True(Training(Resolve("{}")).ContainsKey("schedule"));
        Assert.Null(Training(Resolve("{}"))["schedule"]);

        static JsonObject Training(string json) => JsonNode.Parse(json)!["training"]!.AsObject();
    }

    [Fact]
    public void Another_schedule_drops_the_options_of_the_one_before_and_the_same_keeps_them()
    {
        using var folder = new TemporaryFolder();
        folder.Write("base.json", """{ "training": { "epochs": 8, "schedule": { "name": "cosine", "rampEpochs": 3 } } }""");
        folder.Write("same.json", """{ "extends": "base.json", "training": { "schedule": { "name": "cosine", "least": 0.5 } } }""");
        folder.Write("other.json", """{ "extends": "base.json", "training": { "schedule": "milestones" } }""");
        folder.Write("none.json", """{ "extends": "base.json", "training": { "schedule": null } }""");
        Assert.Equal("""{"name":"cosine","rampEpochs":3,"least":0.5}""", Schedule("same.json"));
        Assert.Equal("""{"name":"milestones"}""", Schedule("other.json"));
        Assert.Equal("null", Schedule("none.json"));
        Assert.Equal("""{"name":"milestones","gamma":0.5}""", Schedule("base.json", "training.schedule.name=milestones", "training.schedule.gamma=0.5"));
        Assert.Equal("""{"name":"cosine","least":0.25}""", Schedule("none.json", "training.schedule=cosine", "training.schedule.least=0.25"));

        string Schedule(string file, params string[] settings) =>
            JsonNode.Parse(ConfigFile.ToJson(ConfigFile.Load(folder.File(file), settings)))!["training"]!["schedule"]?.ToJsonString() ?? "null";
    }

    [Fact]
    public void Editors_know_the_schedules_with_their_options()
    {
        var schema = JsonNode.Parse(ConfigSchema.Render(new PluginCatalog([], []), HostSections.All))!["properties"]!["training"]!["properties"]!["schedule"]!;
        Assert.Equal(["null", null, "object"], schema["oneOf"]!.AsArray().Take(3).Select(form => (string?)form!["type"]));
        var cosine = schema["oneOf"]!.AsArray().Single(form => (string?)form!["title"] == "cosine")!;
        Assert.Equal(["name", "rampEpochs", "rampStart", "least"], cosine["properties"]!.AsObject().Select(p => p.Key));
        Assert.False((bool)cosine["additionalProperties"]!);
    }

    [Fact]
    public void The_schedules_of_the_guide_are_those_that_there_are()
    {
        var rows = Regex.Matches(
            File.ReadAllText(Fixtures.Path("..", "..", "docs", "training.md")), @"^\| `(?<name>[a-z-]+)` \| (?<options>(?:`[a-zA-Z]+`(?:, )?)+) \(",
            RegexOptions.Multiline);
        Assert.Equal(["milestones", "plateau", "cosine"], rows.Select(row => row.Groups["name"].Value));
        Assert.All(rows, row => Assert.Equal(
            ScheduleList.All.Single(s => s.Name == row.Groups["name"].Value).Schema.Options.Select(o => $"`{o.Key}`"),
            row.Groups["options"].Value.Split(", ")));
    }

    private static TrainingOptions Bind(string json) =>
        new Composer(new PluginCatalog([], []), HostSections.All).Bind(ConfigFile.Parse(json, "a.json")).Section<TrainingOptions>(HostSections.Training);

    private static string Resolve(string json) => ConfigFile.ToJson(
        ResolvedConfig.Of(new Composer(new PluginCatalog([], []), HostSections.All).Bind(ConfigFile.Parse(json, "a.json")), HostSections.All));
}
