using System.Text.Json.Nodes;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Dml.Tests.Support;

namespace Dml.Tests.Training;

/// <summary>A sampler that is a plugin, named beside the engine's own.</summary>
[Collection(AloneCollection.Name)]
public class PluginSamplerTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.LoadFrom([Path.Combine((string)AppContext.GetData("Dml.TestPluginsDir")!, "Good")]);

    [Fact]
    public void It_draws_the_batches_of_a_training_one_epoch_after_another()
    {
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i < 25 ? 0 : i % 7)];
        var options = Bound("""{ "batchClasses": 3, "batchImages": 2, "sampler": { "name": "power", "power": 0 } }""");
        var sampler = ITrainingSampler.Make(options, labels, 11);
        var plugin = options.Draws!.Make(new(labels, new(3, 2), 11));
        Assert.Equal((6, 6), (sampler.BatchSize, sampler.BatchesPerEpoch));
        Assert.Empty(sampler.Warnings);
        for (var epoch = 0; epoch < 3; epoch++) Assert.Equal(plugin.Epoch(epoch), sampler.NextEpoch().ToList());
        Assert.NotEqual(plugin.Epoch(0), ITrainingSampler.Make(options with { Draws = Bound("""{ "sampler": "power" }""").Draws }, labels, 11).NextEpoch());
    }

    [Fact]
    public void A_training_stopped_after_any_batch_ends_with_the_same_bits()
    {
        var options = TinyProblem.Options with { Epochs = 3, WarmUpEpochs = 1, CheckpointSeconds = 0, Draws = Bound("""{ "sampler": "power" }""").Draws };
        var whole = Train(options, null, int.MaxValue);
        var other = Train(options with { Draws = null }, null, int.MaxValue);
        Assert.Contains(whole!.Keys, name => !whole[name].SequenceEqual(other![name]));
        for (var batches = 1; batches <= 12; batches += 2)
        {
            using var folder = new TemporaryFolder();
            Assert.Null(Train(options, folder.Path, batches));
            var resumed = Train(options, folder.Path, int.MaxValue);
            Assert.All(whole.Keys, name => Assert.True(whole[name].SequenceEqual(resumed![name]), $"{name} after {batches} batches"));
        }
    }

    [Theory]
    [InlineData("\"balanced\"", "\"balanced\"")]
    [InlineData("\"Random\"", "\"Random\"")]
    [InlineData("""{ "name": "random" }""", "\"random\"")]
    [InlineData("\"power\"", """{"name":"power","power":0.5}""")]
    [InlineData("""{ "name": "power", "power": 1 }""", """{"name":"power","power":1}""")]
    public void The_resolved_config_has_it_in_its_place(string given, string written)
    {
        var training = (JsonObject)JsonNode.Parse(Resolve($$"""{ "training": { "sampler": {{given}} } }"""))!["training"]!;
        Assert.Equal(written, training["sampler"]!.ToJsonString());
        var usual = (JsonObject)JsonNode.Parse(Resolve("{}"))!["training"]!;
        Assert.Equal(usual.Select(member => member.Key), training.Select(member => member.Key));
        Assert.Equal(Resolve($$"""{ "training": { "sampler": {{written}} } }"""), Resolve($$"""{ "training": { "sampler": {{given}} } }"""));
    }

    [Fact]
    public void A_config_over_another_changes_options_or_names_another()
    {
        using var folder = new TemporaryFolder();
        folder.Write("base.json", """{ "training": { "sampler": { "name": "power", "power": 0.25 } } }""");
        folder.Write("same.json", """{ "extends": "base.json", "training": { "sampler": "power" } }""");
        folder.Write("own.json", """{ "extends": "base.json", "training": { "sampler": "random" } }""");
        folder.Write("back.json", """{ "extends": "own.json", "training": { "sampler": { "name": "power", "power": 1 } } }""");
        Assert.Equal("""{"name":"power","power":0.25}""", Sampler("same.json"));
        Assert.Equal("\"random\"", Sampler("own.json"));
        Assert.Equal("""{"name":"power","power":1}""", Sampler("back.json"));
        Assert.Equal("""{"name":"power","power":0.75}""", Sampler("base.json", "training.sampler.power=0.75"));
        Assert.Equal("\"balanced\"", Sampler("base.json", "training.sampler=balanced"));
        Assert.Equal("""{"name":"power"}""", Sampler("own.json", "training.sampler=power"));

        string Sampler(string file, params string[] settings) =>
            JsonNode.Parse(ConfigFile.ToJson(ConfigFile.Load(folder.File(file), settings)))!["training"]!["sampler"]!.ToJsonString();
    }

    [Theory]
    [InlineData("\"powr\"", "sampler.name: unknown sampler \"powr\"; did you mean \"power\"?")]
    [InlineData("\"zzzzzzzz\"", "sampler.name: unknown sampler \"zzzzzzzz\"; valid: balanced, power, random.")]
    [InlineData("""{ "name": "power", "power": 2 }""", "sampler.power: expected a number from 0 to 1, found the number 2")]
    [InlineData("""{ "name": "random", "power": 1 }""",
        "sampler.power: expected no option, found \"power\"; the batches of random are as large as batchClasses and batchImages of the section say")]
    [InlineData("{}",
        "sampler: expected balanced or random, or a sampler plugin as { \"name\": \"...\", options } or its name alone, found no name")]
    [InlineData("3",
        "sampler: expected balanced or random, or a sampler plugin as { \"name\": \"...\", options } or its name alone, found the number 3")]
    [InlineData("\"saw\"", "sampler.name: unknown sampler \"saw\"; *")]
    public void A_mistake_is_told_where_it_stands(string sampler, string expected)
    {
        var error = Assert.Throws<ConfigException>(() => Bound($$"""{ "sampler": {{sampler}} }"""));
        var problem = Assert.Single(error.Problems);
        Testing.Sentences.AssertLike("a.json:1: training." + expected, problem.ToString());
    }

    [Fact]
    public void Without_the_plugin_the_engines_own_are_offered()
    {
        var root = ConfigFile.Parse("""{ "training": { "sampler": "power" } }""", "a.json");
        var error = Assert.Throws<ConfigException>(() => new Composer(new PluginCatalog([], []), HostSections.All).Bind(root));
        Assert.EndsWith("training.sampler.name: unknown sampler \"power\"; valid: balanced, random.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Editors_see_the_plugin_beside_the_engines_own()
    {
        var own = Schema(new PluginCatalog([], []));
        Assert.Equal("""["balanced","random"]""", own["enum"]!.ToJsonString());
        var forms = (JsonArray)Schema(Catalog)["oneOf"]!;
        Assert.Equal("""["balanced","random","power"]""", forms[0]!["enum"]!.ToJsonString());
        Assert.Equal("power", forms[1]!["title"]!.GetValue<string>());
        Assert.Equal("\"balanced\"", Schema(Catalog)["default"]!.ToJsonString());

        static JsonNode Schema(PluginCatalog catalog) =>
            JsonNode.Parse(ConfigSchema.Render(catalog, HostSections.All))!["properties"]!["training"]!["properties"]!["sampler"]!;
    }

    [Fact]
    public void The_names_that_stay_texts_are_those_of_the_engine() =>
        Assert.Equal(Enum.GetNames<SamplerKind>().Select(name => name.ToLowerInvariant()), NamedSections.PlainSamplers);

    [Fact]
    public void What_breaks_its_promise_is_refused_by_name()
    {
        Told(new(12, 2, _ => [new int[12]]), "training.sampler: expected 2 batches an epoch, as it says, found 1 in epoch 0 of Fake; *");
        Told(new(12, 1, _ => [new int[12], new int[12]]), "training.sampler: expected 1 batches an epoch, as it says, found more in epoch 0 of Fake; *");
        Told(new(12, 1, _ => [new int[3]]), "training.sampler: expected batches of 12 samples, as it says, found one of 3 in epoch 0 of Fake; *");
        Told(new(1, 1, _ => [[20]]), "training.sampler: expected indices of samples from 0 to 19, found 20 in epoch 0 of Fake; *");
        Told(new(0, 3, _ => []), "training.sampler: expected at least one batch an epoch of at least one sample, found 3 of 0; correct Fake, *");

        static void Told(Fake fake, string expected) =>
            Testing.Sentences.AssertLike(expected, Assert.Throws<DmlException>(() => new PluginSampler(fake, 20).NextEpoch().ToList()).Message);
    }

    private static TrainingOptions Bound(string training) => new Composer(Catalog, HostSections.All)
        .Bind(ConfigFile.Parse($$"""{ "training": {{training}} }""", "a.json")).Section<TrainingOptions>(HostSections.Training);

    private static string Resolve(string json)
    {
        var bound = new Composer(Catalog, HostSections.All).Bind(ConfigFile.Parse(json, "a.json"));
        return ConfigFile.ToJson(ResolvedConfig.Of(bound, HostSections.All));
    }

    private static Dictionary<string, byte[]>? Train(TrainingOptions options, string? folder, int batches)
    {
        using var problem = new TinyProblem(seed: 3);
        using var stop = new CancellationTokenSource();
        var trainer = new Trainer(options, 2) { Checkpoints = folder is null ? null : new(folder) };
        var done = 0;
        var progress = new Reports(_ =>
        {
            if (++done == batches) stop.Cancel();
        });
        try
        {
            problem.Run(trainer, progress, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        return problem.Bytes();
    }

    private sealed class Reports(Action<ProgressReport> report) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value) => report(value);
    }

    private sealed class Fake(int size, int batches, Func<int, IEnumerable<int[]>> epoch) : IBatchSampler
    {
        public int BatchSize => size;

        public int BatchesPerEpoch => batches;

        public IEnumerable<int[]> Epoch(int number) => epoch(number);
    }
}
