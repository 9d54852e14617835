using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Tests.Composition;

/// <summary>What a plugin throws, or never returns from, is told as the plugin's.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class PluginFaultTests : IDisposable
{
    private const string HangKey = "Dml.TestHang";
    private static readonly string Root = (string)AppContext.GetData("Dml.TestPluginsDir")!;
    private static readonly string File = Path.Combine(Root, "Throwing", "Throwing.dll");
    private static readonly PluginCatalog Catalog = PluginCatalog.LoadFrom([Path.GetDirectoryName(File)!]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("getter", "InvalidOperationException in BrokenLoss.Parameters: No parameters today")]
    [InlineData("method", "InvalidOperationException in BrokenLoss.PerSample: No loss today")]
    [InlineData("lambda", "InvalidOperationException in BrokenLoss.PerSample: No sum today")]
    [InlineData("iterator", "InvalidOperationException in BrokenLoss.Rows: No rows today")]
    public void An_exception_is_told_with_plugin_DLL_version_and_member(string where, string what) => Assert.Equal(
        $"{File}: the plugin \"broken\" (Throwing 0.1.0) threw {what}; report this to its author, or correct it if it is your own.",
        PluginFault.Of(Thrown(where))!.Message);

    [Fact]
    public void What_a_library_throws_that_a_plugin_calls_is_the_plugins() => Assert.StartsWith(
        $"{File}: the plugin \"broken\" (Throwing 0.1.0) threw ExternalException in BrokenLoss.PerSample: ",
        PluginFault.Of(Thrown("library"))!.Message, StringComparison.Ordinal);

    [Fact]
    public void The_cause_is_told_of_an_exception_of_a_static_initialiser()
    {
        var fault = PluginFault.Of(new AggregateException(Thrown("static")))!.Message;
        Assert.StartsWith(
            $"{File}: the plugin \"broken\" (Throwing 0.1.0) threw InvalidOperationException in BrokenTable.Fill: No table today; ",
            fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_throws_when_it_is_bound_is_told()
    {
        var root = ConfigFile.Parse("""{ "loss": { "name": "broken", "where": "option" } }""", "a.json");
        var error = Record.Exception(() => new Composer(Catalog, []).Bind(root));
        Assert.Contains(
            " threw InvalidOperationException in BrokenOptions.Where: No options today; ", PluginFault.Of(error!)!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("own")]
    [InlineData("cancelled")]
    [InlineData("memory")]
    public void A_message_to_the_user_a_cancellation_and_want_of_memory_pass(string where) => Assert.Null(PluginFault.Of(Thrown(where)));

    [Fact]
    public void What_the_host_throws_that_a_plugin_calls_back_is_not_the_plugins()
    {
        using var none = new ServiceCollection().BuildServiceProvider();
        var dataset = Bound(Catalog, "hanging").Create<IDatasetSource>(none);
        var error = Record.Exception(() => dataset.Open(new FailingProgress(), default));
        Assert.IsType<InvalidOperationException>(error);
        Assert.Null(PluginFault.Of(error));
        Assert.Null(PluginFault.Of(new InvalidOperationException("never thrown")));
    }

    [Fact]
    public void A_command_ends_with_the_plugins_sentence_and_exit_code_1()
    {
        _folder.Write("a.json", """{ "dataset": { "name": "throwing" }, "backbone": "convnet", "loss": "proxy-nca-pp" }""");
        DmlCommand.Refuse(
            _folder,
            $"{File}: the plugin \"throwing\" (Throwing 0.1.0) threw InvalidOperationException in the constructor of ThrowingDataset: "
                + "The flux is too high; report this to its author, or correct it if it is your own.",
            "train", "{dir}/a.json", "--out", "{dir}/out", "--plugins", Path.GetDirectoryName(File)!);
    }

    [Fact]
    public void Options_whose_static_constructor_never_returns_keep_no_other_plugin_from_loading()
    {
        var catalog = Hanging("loaded", () => LoadCopy());
        Assert.Equal(
            $"{_folder.File("Throwing/Throwing.dll")}: expected a plugin that is ready within 5 s, "
                + "but a static constructor, or a default of its options, did not return; correct the plugin.",
            Assert.Single(catalog.Failures).Message);
        Assert.Contains(catalog.Plugins, p => p.Name == "flat");
    }

    [Fact]
    public void A_plugin_whose_static_constructor_never_returns_is_told() => Hanging("made", () =>
    {
        using var none = new ServiceCollection().BuildServiceProvider();
        var bound = Bound(LoadCopy(), "hanging");
        Assert.Equal(
            $"{_folder.File("Throwing/Throwing.dll")}: plugin \"hanging\": expected a plugin that is ready within 5 s, "
                + "but the static constructor of HangingDataset did not return; correct the plugin.",
            Assert.Throws<DmlException>(() => bound.Create<IDatasetSource>(none)).Message);
        return true;
    });

    [Fact]
    public void A_default_that_cannot_be_read_back_keeps_a_plugin_from_being_loaded()
    {
        var schema = new OptionsSchema([new("scale", "number", JsonText.Of(double.NaN), ""), new("root", "text", null, "")]);
        var plugin = FakePlugins.Plugin("fake", PluginKind.Loss, schema, Bind).Descriptor;
        Assert.Equal("scale: expected a number of at least 1, found the text \"NaN\"", PluginDefaults.Problem(plugin));
        Assert.Equal("scale: expected a number of at least 1, found the number 0", PluginDefaults.Problem(WithScale("0")));
        Assert.Null(PluginDefaults.Problem(WithScale("1")));

        PluginDescriptor WithScale(string fallback) => plugin with { Options = new([schema.Options[0] with { Default = fallback }, schema.Options[1]]) };

        static object? Bind(ConfigNode node, ConfigProblems problems)
        {
            var reader = new OptionsReader(node, problems, ["scale", "root"]);
            reader.Require("root", "a text");
            reader.Read("scale", 1.0, ConfigValue.Double(minimum: 1));
            return reader.Complete ? node : null;
        }
    }

    [Fact]
    public void Defaults_of_nested_records_are_read_back_too()
    {
        var nested = new OptionsSchema([new("std", "number", "2", "")]);
        var schema = new OptionsSchema([new("steps", "record[]?", "[]", "") { Nested = nested }]);
        var plugin = FakePlugins.Plugin("fake", PluginKind.Loss, schema, Bind).Descriptor;
        Assert.Equal("steps[0].std: expected a number of at most 1, found the number 2", PluginDefaults.Problem(plugin));

        static object? Bind(ConfigNode node, ConfigProblems problems) =>
            new OptionsReader(node, problems, ["steps"]).Read("steps", [], ConfigValue.List(ConfigValue.Record(BindStep)));

        static object? BindStep(ConfigNode node, ConfigProblems problems) =>
            new OptionsReader(node, problems, ["std"]).Read<object>("std", 0.0, (ConfigNode n, ConfigProblems p, out object v) =>
            {
                var ok = ConfigValue.Double(maximum: 1)(n, p, out var number);
                v = number;
                return ok;
            });
    }

    private static Exception Thrown(string where)
    {
        using var none = new ServiceCollection().BuildServiceProvider();
        var root = ConfigFile.Parse($$"""{ "loss": { "name": "broken", "where": "{{where}}" } }""", "a.json");
        using var loss = new Composer(Catalog, []).Bind(root).Plugin(PluginKind.Loss)!.Create<IMetricLoss>(none);
        using var embeddings = ones(2, 3);
        using var labels = zeros(2, int64);
        return Record.Exception(() => where == "getter" ? (object)loss.Parameters : loss.PerSample(embeddings, labels))!;
    }

    private static BoundPlugin Bound(PluginCatalog catalog, string name)
    {
        var plugin = catalog.Get(name);
        return new(plugin, plugin.Descriptor.Bind(ConfigNode.Object([], "", default), new())!, catalog);
    }

    /// <summary>A copy of the plugin, whose static constructors have not run yet, and another one that loads.</summary>
    private PluginCatalog LoadCopy()
    {
        foreach (var name in new[] { "Throwing", "Good" })
        {
            var copy = Directory.CreateDirectory(_folder.File(name)).FullName;
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Root, name))) System.IO.File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return PluginCatalog.LoadFrom([_folder.Path], TimeSpan.FromSeconds(5));
    }

    /// <summary>Lets the copy of the plugin hang at a moment.</summary>
    private T Hanging<T>(string moment, Func<T> act)
    {
        AppDomain.CurrentDomain.SetData(HangKey, $"{moment} {_folder.File("Throwing")}");
        try
        {
            return act();
        }
        finally
        {
            AppDomain.CurrentDomain.SetData(HangKey, null);
        }
    }

    private sealed class FailingProgress : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value) => throw new InvalidOperationException("The console is closed.");
    }
}
