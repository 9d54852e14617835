using System.Runtime.CompilerServices;
using Dml.Configuration;

namespace Dml.Generators.Tests;

/// <summary>Runs generated binders.</summary>
public class BinderTests
{
    private const string Binder = "Samples.EveryTypeOptionsBinder";
    private const string Required = "\"root\": \"/data\", \"bounds\": [0.5, 1]";

    private static readonly Lazy<GeneratedAssembly> Assembly = new(() =>
        TestCompiler.Generate(TestCompiler.Compile(Sources.EveryType, Sources.EveryTypeLoss, Sources.PlainDataset)).Load());

    [Fact]
    public void Keys_that_are_not_given_keep_their_defaults() => Assert.Equal(
        """{ "root": "/data", "bounds": [0.5, 1], "scale": 23.5, "count": 3, "seed": 1152921504606846976, "mirror": true, "label": "a \"b\"", "metric": "squaredEuclidean", "limit": null, "other": null, "note": null, "first": { "epoch": 5, "factor": 0.1 }, "last": null, "sizes": [64, 128], "names": null, "metrics": ["l2", "default"], "flags": [], "steps": [{ "epoch": 1, "factor": 0.1 }], "loss": { "name": "triplet", "margin": 0.5 }, "scorer": null, "estimators": ["eif"], "class": [] }""",
        Bound($"{{ {Required} }}"));

    [Fact]
    public void Every_type_of_value_is_read() => Assert.Equal(
        """{ "root": "r", "bounds": [], "scale": 1E-06, "count": 10, "seed": -1, "mirror": false, "label": "ü", "metric": "l2", "limit": 1, "other": "default", "note": "n", "first": { "epoch": 0, "factor": 2 }, "last": { "epoch": 9, "factor": 0.1 }, "sizes": [1], "names": ["x"], "metrics": ["cosine"], "flags": [true, false], "steps": [], "loss": "circle", "scorer": "aum", "estimators": ["if", { "name": "eif", "a": [1, { "b": null }, "c", true] }], "class": [7] }""",
        Bound("""{ "root": "r", "bounds": [], "scale": 0.000001, "count": 10, "seed": -1, "mirror": false, "label": "ü", "metric": "L2", "limit": 1, "other": "default", "note": "n", "first": { "epoch": 0, "factor": 2 }, "last": { "epoch": 9 }, "sizes": [1], "names": ["x"], "metrics": ["cosine"], "flags": [true, false], "steps": [], "loss": { "name": "circle" }, "scorer": "aum", "estimators": ["if", { "name": "eif", "a": [1, { "b": null }, "c", true] }], "class": [7] }"""));

    [Fact]
    public void What_a_binder_writes_it_reads_back()
    {
        var text = Bound($"{{ {Required}, \"names\": [\"\\\\ \\n\"], \"last\": {{ \"epoch\": 3 }} }}");
        Assert.Equal(text, Bound(text));
    }

    [Theory]
    [InlineData("", "root: expected a text, found nothing; this option must be given",
        "bounds: expected a list, found nothing; this option must be given")]
    [InlineData(Required + ", \"scael\": 1", "scael: unknown key \"scael\"; did you mean \"scale\"?")]
    [InlineData(Required + ", \"Scale\": 1", "Scale: unknown key \"Scale\"; did you mean \"scale\"?")]
    [InlineData(Required + ", \"count\": 11", "count: expected a whole number from 1 to 10, found the number 11")]
    [InlineData(Required + ", \"count\": 1.5", "count: expected a whole number from 1 to 10, found the number 1.5")]
    [InlineData(Required + ", \"scale\": 0", "scale: expected a number of at least 1E-06, found the number 0")]
    [InlineData(Required + ", \"scale\": null", "scale: expected a number of at least 1E-06, found null")]
    [InlineData(Required + ", \"limit\": -0.1", "limit: expected a number from 0 to 1, found the number -0.1")]
    [InlineData(Required + ", \"mirror\": \"yes\"", "mirror: expected true or false, found the text \"yes\"")]
    [InlineData(Required + ", \"label\": 3", "label: expected a text, found the number 3")]
    [InlineData(Required + ", \"metric\": \"manhattan\"", "metric: expected one of cosine, squaredEuclidean, l2, default, found the text \"manhattan\"")]
    [InlineData(Required + ", \"sizes\": 64", "sizes: expected a list, found the number 64")]
    [InlineData(Required + ", \"sizes\": [0, 64, 5000]", "sizes[0]: expected a whole number from 1 to 4096, found the number 0",
        "sizes[2]: expected a whole number from 1 to 4096, found the number 5000")]
    [InlineData(Required + ", \"first\": { \"factor\": true }", "first.epoch: expected a whole number from 0 to 1000, found nothing; this option must be given",
        "first.factor: expected a number, found true")]
    [InlineData(Required + ", \"steps\": [{ \"epoch\": 1 }, { \"epochs\": 1 }]", "steps[1].epochs: unknown key \"epochs\"; did you mean \"epoch\"?",
        "steps[1].epoch: expected a whole number from 0 to 1000, found nothing; this option must be given")]
    [InlineData(Required + ", \"loss\": 1", "loss: expected one loss plugin as { \"name\": \"...\", options } or its name alone, found the number 1")]
    [InlineData(Required + ", \"loss\": \"\"", "loss: expected one loss plugin as { \"name\": \"...\", options } or its name alone, found the text \"\"")]
    [InlineData(Required + ", \"loss\": { \"margin\": 1 }", "loss.name: expected the name of one loss plugin, found nothing")]
    [InlineData(Required + ", \"loss\": { \"name\": 1 }", "loss.name: expected the name of one loss plugin, found the number 1")]
    [InlineData(Required + ", \"estimators\": [\"eif\", null]",
        "estimators[1]: expected one estimator plugin as { \"name\": \"...\", options } or its name alone, found null")]
    [InlineData(Required + ", \"half\": 1", "half: unknown key \"half\"; valid: *")]
    public void Problems_say_where_and_what_was_expected(string members, params string[] expected)
    {
        var problems = new ConfigProblems();
        Assert.Null(Assembly.Value.Bind(Binder, JsonNodes.Parse($"{{ {members} }}"), problems));
        Assert.Equal(expected.Length, problems.Items.Count);
        Assert.All(expected.Zip(problems.Items), x =>
        {
            var found = $"{x.Second.Path}: {x.Second.Message}";
            if (x.First.EndsWith('*')) Assert.StartsWith(x.First[..^1], found, StringComparison.Ordinal);
            else Assert.Equal(x.First, found);
        });
    }

    [Fact]
    public void Something_else_than_an_object_is_one_problem()
    {
        var problems = new ConfigProblems();
        Assert.Null(Assembly.Value.Bind(Binder, JsonNodes.Parse("[]"), problems));
        Assert.Equal("expected an object with options, found a list", Assert.Single(problems.Items).Message);
    }

    [Fact]
    public void The_schema_holds_types_defaults_ranges_and_summaries()
    {
        var options = Assembly.Value.Schema(Binder).Options.ToDictionary(o => o.Key);
        Assert.Equal(("text", null, "Folder of the images."), (options["root"].Type, options["root"].Default, options["root"].Summary));
        Assert.Equal(("number", "23.5", 1e-6, null), (options["scale"].Type, options["scale"].Default, options["scale"].Minimum, options["scale"].Maximum));
        Assert.Equal("Scale of the softmax, see EmbeddingSize and null; \"quoted\" <1.", options["scale"].Summary);
        Assert.Equal(
            ("integer[]", "[64, 128]", 1, 4096), (options["sizes"].Type, options["sizes"].Default, options["sizes"].Minimum, options["sizes"].Maximum));
        Assert.Equal(["cosine", "squaredEuclidean", "l2", "default"], options["other"].Choices);
        Assert.Equal(("record?", "null"), (options["last"].Type, options["last"].Default));
        Assert.Equal(["epoch", "factor"], options["steps"].Nested!.Options.Select(o => o.Key));
        Assert.Equal("""{ "epoch": 5, "factor": 0.1 }""", options["first"].Default);
        Assert.Equal(("plugin", PluginKind.Loss, """{ "name": "triplet", "margin": 0.5 }"""), Chosen("loss"));
        Assert.Equal(("plugin?", PluginKind.Scorer, "null"), Chosen("scorer"));
        Assert.Equal(("plugin[]", PluginKind.Estimator, "[\"eif\"]"), Chosen("estimators"));

        (string, PluginKind?, string?) Chosen(string key) => (options[key].Type, options[key].Plugin, options[key].Default);
    }

    [Fact]
    public void A_plugin_is_made_from_its_options_and_services()
    {
        var plugin = Assembly.Value.Registration.Plugins.Single(p => p.Name == "every-type");
        var options = plugin.Bind(JsonNodes.Parse($"{{ {Required} }}"), new ConfigProblems())!;
        var shape = new LossShape(3, 4, TorchSharp.torch.ScalarType.Float32, null!);
        var made = plugin.Create(options, new OneService(shape));
        var given = (ITuple)made.GetType().GetProperty("Given")!.GetValue(made)!;
        Assert.Same(shape, given[0]);
        Assert.Same(options, given[1]);
    }

    [Fact]
    public void A_service_that_the_host_does_not_offer_is_named()
    {
        var plugin = Assembly.Value.Registration.Plugins.Single(p => p.Name == "every-type");
        var options = plugin.Bind(JsonNodes.Parse($"{{ {Required} }}"), new ConfigProblems())!;
        var error = Assert.Throws<DmlException>(() => plugin.Create(options, new OneService("")));
        Assert.StartsWith("plugin \"every-type\" expects a Dml.LossShape from the host and found none;", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_without_options_accepts_no_key()
    {
        var plugin = Assembly.Value.Registration.Plugins.Single(p => p.Name == "a-plain-one");
        Assert.Empty(plugin.Options.Options);
        Assert.IsAssignableFrom<IDatasetSource>(plugin.Create(plugin.Bind(JsonNodes.Parse("{}"), new ConfigProblems())!, new OneService("")));
        var problems = new ConfigProblems();
        Assert.Null(plugin.Bind(JsonNodes.Parse("""{ "root": 1 }"""), problems));
        Assert.Single(problems.Items);
    }

    private static string Bound(string json)
    {
        var problems = new ConfigProblems();
        var options = Assembly.Value.Bind(Binder, JsonNodes.Parse(json), problems);
        Assert.Empty(problems.Items);
        return Assembly.Value.ToJson(Binder, options);
    }

    private sealed class OneService(object service) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType.IsInstanceOfType(service) ? service : null;
    }
}
