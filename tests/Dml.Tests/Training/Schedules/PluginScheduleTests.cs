using System.Text.Json.Nodes;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Dml.Host.Terminal;
using Dml.Numerics;

namespace Dml.Tests.Training;

/// <summary>A schedule that is a plugin, named beside the engine's own.</summary>
[Collection(AloneCollection.Name)]
public class PluginScheduleTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.LoadFrom([Path.Combine((string)AppContext.GetData("Dml.TestPluginsDir")!, "Good")]);

    [Theory]
    [InlineData("\"saw\"", new[] { 1, 0.5, 1, 0.5 })]
    [InlineData("{ \"name\": \"saw\", \"period\": 3, \"first\": 0.5 }", new[] { 0.5, 0.25, 0.5 / 3, 0.5 })]
    public void It_decides_the_rates_of_a_training(string schedule, double[] factors)
    {
        using var problem = new TinyProblem();
        var options = TinyProblem.Options with { Epochs = 4, WarmUpEpochs = 1, Schedule = Bound(schedule).Schedule };
        Assert.Equal([1, .. factors], problem.Train(options).Select(e => e.RateFactor));
        using var other = new TinyProblem();
        var constant = other.Train(options with { Schedule = null });
        Assert.NotEqual(constant[^1].MeanLoss, problem.Train(options)[^1].MeanLoss);
    }

    [Fact]
    public void A_training_by_one_that_does_what_the_engine_does_is_the_same()
    {
        using var problem = new TinyProblem();
        using var other = new TinyProblem();
        var options = TinyProblem.Options with { Epochs = 2 };
        var plugin = problem.Train(options with { Schedule = Bound("\"saw\"").Schedule });
        var engine = other.Train(options with { Milestones = [1], Gamma = 0.5 });
        Assert.Equal(engine.Select(e => (e.MeanLoss, e.RateFactor)), plugin.Select(e => (e.MeanLoss, e.RateFactor)));
    }

    [Fact]
    public void One_that_changes_within_epochs_is_asked_before_each_batch()
    {
        var schedule = Bound("\"stair\"").Schedule!;
        var options = new TrainingOptions { Epochs = 4 };
        TrainingPosition Place(int epoch, int batch) => new(false, epoch, batch, 0, [], new(0, [], [], []), [], []);
        Assert.Equal([1, 0.75, 0.5], Enumerable.Range(0, 3).Select(epoch => schedule.Factor(options, epoch, [])));
        Assert.Equal(1 - (1.6 / 4), schedule.OfBatch!(options, Place(1, 3), 5)!.Value, 1e-15);
        Assert.Null(Bound("\"saw\"").Schedule!.OfBatch!(options, Place(1, 3), 5));

        // The same rates, epoch by epoch, train to other weights.
        using var problem = new TinyProblem();
        using var other = new TinyProblem();
        var training = TinyProblem.Options with { Epochs = 3, WarmUpEpochs = 1 };
        var stair = problem.Train(training with { Schedule = schedule });
        var whole = other.Train(training with { Schedule = new("whole", (_, epoch, _) => 1 - (epoch / 3.0)) });
        Assert.Equal([1, 1, 2.0 / 3, 1.0 / 3], stair.Select(e => e.RateFactor), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(whole.Select(e => e.RateFactor), stair.Select(e => e.RateFactor), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(whole[0].MeanLoss, stair[0].MeanLoss);
        Assert.NotEqual(whole[1].MeanLoss, stair[1].MeanLoss);
    }

    /// <summary>A schedule by batches that says the same throughout an epoch is one by epochs.</summary>
    [Fact]
    public void One_by_batches_that_is_constant_within_epochs_trains_as_one_by_epochs()
    {
        using var problem = new TinyProblem();
        using var other = new TinyProblem();
        var training = TinyProblem.Options with { Epochs = 3 };
        var byBatches = new BoundSchedule("batches", (_, _, _) => 1) { OfBatch = (_, place, _) => 1 / (1.0 + place.Epoch) };
        var byEpochs = new BoundSchedule("epochs", (_, epoch, _) => 1 / (1.0 + epoch));
        Assert.Equal(
            other.Train(training with { Schedule = byEpochs }).Select(e => e.MeanLoss),
            problem.Train(training with { Schedule = byBatches }).Select(e => e.MeanLoss));
    }

    [Fact]
    public void It_is_told_the_epochs_and_the_validations()
    {
        var schedule = Bound("\"saw\"").Schedule!;
        Assert.Equal([1, 0.5, 1], Enumerable.Range(0, 3).Select(e => schedule.Factor(new() { Epochs = 9 }, e, [new ValidationScore(0.5, 0.5)])));
        Assert.Equal("saw", schedule.Name);
    }

    [Fact]
    public void A_factor_below_0_is_refused_with_plugin_and_epoch()
    {
        var schedule = Bound("{ \"name\": \"saw\", \"first\": -1 }").Schedule!;
        var error = Assert.Throws<DmlException>(() => schedule.Factor(new(), 3, []));
        Assert.Equal("training.schedule", error.Option);
        Assert.Contains("expected a finite factor of at least 0 on the learning rates, found -0.5 for epoch 3; correct the plugin saw", error.Message);
    }

    [Theory]
    [InlineData("\"saww\"", "schedule.name: unknown schedule \"saww\"; did you mean \"saw\"?")]
    [InlineData("\"x\"", "schedule.name: unknown schedule \"x\"; valid: cosine, milestones, plateau, saw, stair.")]
    [InlineData("{ \"name\": \"saw\", \"period\": 0 }", "schedule.period: expected a whole number from 1 to 100, found the number 0")]
    [InlineData("{ \"name\": \"saw\", \"perod\": 1 }", "schedule.perod: unknown key \"perod\"; did you mean \"period\"?")]
    [InlineData("\"flat\"", "schedule.name: unknown schedule \"flat\"; *")]
    public void A_mistake_is_told_with_its_place(string schedule, string sentence)
    {
        var message = Assert.Throws<ConfigException>(() => Bound(schedule)).Message;
        if (sentence.EndsWith('*')) Assert.StartsWith($"a.json:1: training.{sentence[..^1]}", message, StringComparison.Ordinal);
        else Assert.Equal($"a.json:1: training.{sentence}", message);
    }

    [Fact]
    public void Milestones_beside_it_are_refused() => Assert.Equal(
        "a.json:1: training.milestones: expected none beside training.schedule, which says how the rates change, found 1; remove one of the two",
        Assert.Throws<ConfigException>(() => Bound("\"saw\", \"milestones\": [2]")).Message);

    [Fact]
    public void The_schedules_of_the_engine_are_named_as_before() => Assert.Equal("cosine", Bound("\"cosine\"").Schedule!.Name);

    [Fact]
    public void A_run_writes_its_options_down_and_binds_to_the_same()
    {
        var resolved = Resolve("""{ "training": { "schedule": { "name": "saw", "period": 5 } } }""");
        Assert.Equal("""{"name":"saw","period":5,"first":1}""", JsonNode.Parse(resolved)!["training"]!["schedule"]!.ToJsonString());
        Assert.Equal(resolved, Resolve(resolved));
    }

    [Fact]
    public void Its_version_stands_with_those_of_the_other_plugins()
    {
        var config = new Composer(Catalog, HostSections.All).Bind(Config("\"saw\""));
        Assert.Equal(Catalog.Get("saw").Version, Dml.Engine.Runs.Versions.Of(config)["Good"]);
    }

    [Fact]
    public void Editors_and_describe_know_it()
    {
        var schema = JsonNode.Parse(ConfigSchema.Render(Catalog, HostSections.All))!["properties"]!["training"]!["properties"]!["schedule"]!;
        var saw = schema["oneOf"]!.AsArray().Single(form => (string?)form!["title"] == "saw")!;
        Assert.Equal(["name", "period", "first"], saw["properties"]!.AsObject().Select(p => p.Key));
        Assert.Contains("saw", schema["oneOf"]![1]!["enum"]!.AsArray().Select(name => (string?)name));
        var text = PluginDescription.Render(Catalog.Get("saw"));
        Assert.StartsWith("saw: schedule plugin, Good", text, StringComparison.Ordinal);
        Assert.Contains("In a config: \"training\": { \"schedule\": { \"name\": \"saw\" } }\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", 15)]
    [InlineData("""{ "training": { "epochs": 9, "schedule": "cosine" } }""", 9)]
    public void A_program_chooses_it_by_its_options(string json, int epochs)
    {
        var saw = Catalog.Get("saw");
        var options = saw.Descriptor.Bind(ConfigNode.Parse("""{ "period": 7 }""", "", default), new ConfigProblems())!;
        var root = TypedOptions.Choose(ConfigFile.Parse(json, "a.json"), saw, options);
        var training = new Composer(Catalog, HostSections.All).Bind(root).Section<TrainingOptions>(HostSections.Training);
        Assert.Equal((epochs, "saw"), (training.Epochs, training.Schedule!.Name));
        Assert.Equal(1.0 / 7, training.Schedule.Factor(training, 6, []));
    }

    [Fact]
    public void A_run_is_explained_where_its_plugin_is_missing()
    {
        var root = NamedSections.WithoutSchedule(Config("\"saw\""));
        var training = new Composer(new PluginCatalog([], []), HostSections.All).Bind(root).Section<TrainingOptions>(HostSections.Training);
        Assert.Null(training.Schedule);
    }

    private static ConfigNode Config(string schedule) => ConfigFile.Parse($$"""{ "training": { "schedule": {{schedule}} } }""", "a.json");

    private static TrainingOptions Bound(string schedule) =>
        new Composer(Catalog, HostSections.All).Bind(Config(schedule)).Section<TrainingOptions>(HostSections.Training);

    private static string Resolve(string json) =>
        ConfigFile.ToJson(ResolvedConfig.Of(new Composer(Catalog, HostSections.All).Bind(ConfigFile.Parse(json, "a.json")), HostSections.All));
}
