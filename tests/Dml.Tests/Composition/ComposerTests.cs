using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Tests.Composition;

public sealed class ComposerTests
{
    internal static readonly ConfigSection[] Sections =
    [
        ConfigSection.Record(
            "training", "How the model is trained.", new([new("epochs", "integer", "10", "Passes over the data.") { Minimum = 1 }]), BindTraining),
        ConfigSection.Value(new("seed", "integer", "0", "Seed of everything random."), 0, ConfigValue.Int32(0)),
    ];

    private sealed record Training(int Epochs);

    [Fact]
    public void A_whole_config_is_bound()
    {
        var bound = Bind(
            """{ "$schema": "x", "loss": { "name": "margin", "folder": "f", "noise": { "std": 0.5 } }, "dataset": "glyphs", "training": { "epochs": 2 }, "seed": 7 }""");
        var options = Assert.IsType<FakePlugins.MarginOptions>(bound.Plugin(PluginKind.Loss)!.Options);
        Assert.Equal(("f", 20, 0.5), (options.Folder, options.Scale, options.Noise.Std));
        Assert.Equal("glyphs", bound.Plugin(PluginKind.Dataset)!.Plugin.Name);
        Assert.Null(bound.Plugin(PluginKind.Backbone));
        Assert.Equal((2, 7), (bound.Section<Training>("training").Epochs, bound.Section<int>("seed")));
    }

    [Fact]
    public void Sections_of_the_host_that_are_not_given_have_their_defaults()
    {
        var bound = Bind("{}");
        Assert.Equal((10, 0), (bound.Section<Training>("training").Epochs, bound.Section<int>("seed")));
    }

    [Fact]
    public void All_problems_of_all_sections_are_reported_together() => Assert.Equal(
        """
        a.json:2: trainin: unknown section "trainin"; did you mean "training"?
        a.json:10: training.epochs: expected a whole number from 1 to 2147483647, found the text "many"
        a.json:9: seed: expected a whole number from 0 to 2147483647, found the number -1
        a.json:8: dataset: expected a dataset plugin as { "name": "...", options } or its name alone, found the number 3; valid: glyphs
        a.json:1: backbone: expected a backbone plugin as { "name": "...", options } or its name alone, found nothing; this section must be given
        a.json:4: loss.scal: unknown key "scal"; did you mean "scale"?
        a.json:3: loss.folder: expected a text, found nothing; this option must be given
        a.json:5: loss.scale: expected a number from 0.1 to 100, found the number 500
        a.json:6: loss.trainable: expected true or false, found the text "yes"
        a.json:7: loss.noise.std: expected a number from 0 to 1, found a list
        """,
        Assert.Throws<ConfigException>(() => Bind(
            """
            {
              "trainin": {},
              "loss": { "name": "margin",
                "scal": 1,
                "scale": 500,
                "trainable": "yes",
                "noise": { "std": [] } },
              "dataset": 3,
              "seed": -1,
              "training": { "epochs": "many" }
            }
            """, PluginKind.Backbone)).Message);

    [Theory]
    [InlineData("\"margn\"", "loss.name: unknown loss plugin \"margn\"; did you mean \"margin\"?")]
    [InlineData("{ \"name\": \"zzzzzzzz\" }", "loss.name: unknown loss plugin \"zzzzzzzz\"; valid: margin, plain.")]
    [InlineData("\"glyphs\"", "loss.name: expected a loss plugin, found the dataset plugin \"glyphs\"; valid: margin, plain")]
    [InlineData("{ \"scale\": 1 }", "loss.name: expected the name of a loss plugin, found nothing; valid: margin, plain")]
    [InlineData("{ \"name\": 4 }", "loss.name: expected the name of a loss plugin, found the number 4; valid: margin, plain")]
    [InlineData("{ \"name\": \"plain\", \"scale\": 1 }", "loss.scale: unknown key \"scale\"; there is none to choose from.")]
    [InlineData(
        "{ \"name\": \"plain\", \"seed\": 1 }",
        "loss.seed: unknown key \"seed\"; there is none to choose from. seed is no part of loss: it stands beside it, at the top of the config.")]
    public void A_section_that_chooses_no_plugin_is_told_what_there_is(string section, string expected) =>
        Assert.Equal($"a.json:1: {expected}", Assert.Throws<ConfigException>(() => Bind($$"""{ "loss": {{section}} }""")).Message);

    [Fact]
    public void A_name_that_two_assemblies_have_is_an_error_only_where_it_is_chosen()
    {
        var catalog = new PluginCatalog(
            [
                FakePlugins.Plugin("twin", PluginKind.Loss, file: "p/One/One.dll"),
                FakePlugins.Plugin("twin", PluginKind.Loss, file: "p/Two/Two.dll"),
                FakePlugins.Plugin("plain", PluginKind.Loss),
            ],
            []);
        var composer = new Composer(catalog, []);
        Assert.Equal("plain", composer.Bind(ConfigFile.Parse("""{ "loss": "plain" }""", "a.json")).Plugin(PluginKind.Loss)!.Plugin.Name);
        Assert.Equal(
            "a.json:1: loss.name: expected one plugin \"twin\", found it in p/One/One.dll and p/Two/Two.dll; "
                + "remove one of these folders or rename one of the plugins",
            Assert.Throws<ConfigException>(() => composer.Bind(ConfigFile.Parse("""{ "loss": "twin" }""", "a.json"))).Message);
    }

    [Fact]
    public void An_unknown_name_leads_to_the_files_that_did_not_load()
    {
        PluginFailure[] failures =
        [
            new("p/Losses.SoftTriple/Losses.SoftTriple.dll", "p/Losses.SoftTriple/Losses.SoftTriple.dll: expected this, found that; do so."),
            new("p/Other/Other.dll", "p/Other/Other.dll: expected more; do so."),
        ];
        var catalog = new PluginCatalog([FakePlugins.Plugin("plain", PluginKind.Loss)], failures);
        catalog.Find("soft-triple", PluginKind.Loss, out var related);
        Assert.Equal(
            "unknown loss plugin \"soft-triple\"; valid: plain; or it is in a file that did not load: "
                + "p/Losses.SoftTriple/Losses.SoftTriple.dll: expected this, found that; do so",
            related);
        catalog.Find("plainn", PluginKind.Loss, out var any);
        Assert.Equal(
            "unknown loss plugin \"plainn\"; did you mean \"plain\"? Or it is in a file that did not load: "
            + "p/Losses.SoftTriple/Losses.SoftTriple.dll: expected this, found that; do so | p/Other/Other.dll: expected more; do so",
            any);
    }

    [Fact]
    public void Plugins_are_made_once_each_when_their_services_are_known()
    {
        var made = new List<string>();
        object Make(string name, IServiceProvider services)
        {
            made.Add(name);
            return name == "late" ? new LateLoss(services.GetRequiredService<LossShape>()) : new EmptyDataset();
        }

        var catalog = new PluginCatalog(
            [
                FakePlugins.Plugin("late", PluginKind.Loss, create: (_, services) => Make("late", services)),
                FakePlugins.Plugin("empty", PluginKind.Dataset, create: (_, services) => Make("empty", services)),
            ],
            []);
        var services = new ServiceCollection();
        new Composer(catalog, []).Bind(ConfigFile.Parse("""{ "loss": "late", "dataset": "empty" }""", "a.json")).AddPlugins(services);
        services.AddSingleton(p =>
            new LossShape(p.GetRequiredService<IDatasetSource>().Open(new Progress<ProgressReport>(), default).TrainingClassCount, 8, default, new("cpu")));
        LateLoss loss;
        using (var provider = services.BuildServiceProvider())
        {
            Assert.Empty(made);
            loss = Assert.IsType<LateLoss>(provider.GetRequiredService<IMetricLoss>());
            Assert.Same(loss, provider.GetRequiredService<IMetricLoss>());
            Assert.Equal(5, loss.Shape.ClassCount);
            Assert.False(loss.Disposed);
        }

        Assert.Equal(["late", "empty"], made);
        Assert.True(loss.Disposed);
    }

    [Fact]
    public void A_service_that_the_host_does_not_have_is_told_with_plugin_and_file()
    {
        var plugin = FakePlugins.Plugin("late", PluginKind.Loss, create: (_, services) => new LateLoss(services.GetRequiredService<LossShape>()));
        using var provider = new ServiceCollection().BuildServiceProvider();
        Assert.Equal(
            "plugins/Fakes/Fakes.dll: expected to make the plugin \"late\", but its constructor threw InvalidOperationException: "
                + "No service for type 'Dml.LossShape' has been registered; check its options, else report this to its author.",
            Assert.Throws<DmlException>(() => new BoundPlugin(plugin, NoOptions.Instance, FakePlugins.Catalog).Create<IMetricLoss>(provider)).Message);
    }

    [Fact]
    public void A_dependency_that_is_missed_only_by_the_constructor_is_told_with_its_name()
    {
        var plugin = FakePlugins.Plugin(
            "late", PluginKind.Loss, create: (_, _) => throw new FileNotFoundException("Could not load.", "Some.Library, Version=1.0.0.0"));
        using var provider = new ServiceCollection().BuildServiceProvider();
        Assert.Equal(
            "plugins/Fakes/Fakes.dll: plugin \"late\": expected its dependencies beside it, found no Some.Library; "
                + "copy the plugin's whole output folder, built with EnableDynamicLoading.",
            Assert.Throws<DmlException>(() => new BoundPlugin(plugin, NoOptions.Instance, FakePlugins.Catalog).Create<IMetricLoss>(provider)).Message);
    }

    [Fact]
    public void A_plugin_that_is_not_of_its_kind_is_refused()
    {
        using var provider = new ServiceCollection().BuildServiceProvider();
        Assert.Equal(
            "plugins/Fakes/Fakes.dll: expected the plugin \"plain\" to be an IMetricLoss, found Fakes.plain; build the plugin with Dml.Generators.",
            Assert.Throws<DmlException>(
                () => new BoundPlugin(FakePlugins.Catalog.Get("plain"), NoOptions.Instance, FakePlugins.Catalog).Create<IMetricLoss>(provider)).Message);
    }

    [Fact]
    public void A_mistyped_extends_is_recognised() => Assert.Equal(
        "a.json:1: extend: unknown section \"extend\"; did you mean \"extends\"?",
        Assert.Throws<ConfigException>(() => Bind("""{ "extend": "b.json" }""")).Message);

    private static BoundConfig Bind(string json, params PluginKind[] needed) =>
        new Composer(FakePlugins.Catalog, Sections).Bind(ConfigFile.Parse(json, "a.json"), needed);

    private static Training? BindTraining(ConfigNode node, ConfigProblems problems)
    {
        var reader = new OptionsReader(node, problems, ["epochs"]);
        var options = new Training(reader.Read("epochs", 10, ConfigValue.Int32(1)));
        return reader.Complete ? options : null;
    }

    private sealed class LateLoss(LossShape shape) : IMetricLoss
    {
        public LossShape Shape { get; } = shape;

        public bool Disposed { get; private set; }

        public IReadOnlyList<NamedParameter> Parameters => [];

        public TorchSharp.torch.Tensor PerSample(TorchSharp.torch.Tensor embeddings, TorchSharp.torch.Tensor labels) => throw new NotSupportedException();

        public void Dispose() => Disposed = true;
    }

    private sealed class EmptyDataset : IDatasetSource
    {
        public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => new([], 5, [], []);
    }
}
