using System.Globalization;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Dml.Engine.Sessions;

namespace Dml.Tests.Composition;

/// <summary>A run can always be read back: what a run writes as its config binds to the same options, whatever they were given as.</summary>
public class ReadBackTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.LoadFrom([(string)AppContext.GetData("Dml.PluginsDir")!]);
    private static readonly Composer Composer = new(Catalog, HostSections.All);

    /// <summary>Those with a section; the others are drawn where the options of these choose them.</summary>
    public static TheoryData<string> Plugins => [.. Catalog.Plugins.Where(p => PluginSections.Kinds.Contains(p.Kind)).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Plugins))]
    public void Any_options_of_a_plugin_are_read_back_from_the_config_of_a_run(string name)
    {
        var (plugin, random) = (Catalog.Get(name), new Random(1));
        var key = PluginSections.Key(plugin.Kind);
        for (var trial = 0; trial < 200; trial++)
        {
            var section = ConfigNode.Object([new("name", Text(name)), .. Draw(plugin.Descriptor.Options, random).Members], key, default);
            ReadBack([new(key, section)], config => All(config.Plugin(plugin.Kind)!));
        }
    }

    [Fact]
    public void Any_sections_of_the_host_are_read_back_from_the_config_of_a_run()
    {
        var random = new Random(1);
        var schema = new OptionsSchema([.. HostSections.All.Select(s => s.Schema)]);
        for (var trial = 0; trial < 500; trial++)
        {
            ReadBack(Draw(schema, random).Members, All);
        }
    }

    /// <summary>The options of a plugin and of those that it chooses.</summary>
    private static string All(BoundPlugin plugin) => string.Join("\n", plugin.Chosen.Select(All).Prepend(EdgeValues.Describe(plugin.Options)));

    private static string All(BoundConfig config) => string.Join("\n", HostSections.All.Select(s => EdgeValues.Describe(config.Section<object>(s.Key))));

    [Fact]
    public void A_text_that_cannot_be_written_is_refused_when_it_is_given()
    {
        var error = Assert.Throws<ConfigException>(() => Composer.Bind(ConfigNode.Object([new("device", Text("cpu\ud800"))], "", default)));
        Assert.EndsWith("found half of a surrogate pair, U+D800, at character 4; write the whole character", error.Message, StringComparison.Ordinal);
    }

    private static void ReadBack(IReadOnlyList<ConfigMember> members, Func<BoundConfig, string> describe)
    {
        var given = Composer.Bind(ConfigNode.Object(members, "", default));
        var json = ConfigFile.ToJson(ResolvedConfig.Of(given, HostSections.All));
        var read = Composer.Bind(ConfigFile.Parse(json, "config.json"));
        Assert.Equal(describe(given), describe(read));
        Assert.Equal(json, ConfigFile.ToJson(ResolvedConfig.Of(read, HostSections.All)));
    }

    /// <summary>A config of some of the options, each with a value at an edge of what it may be.</summary>
    private static ConfigNode Draw(OptionsSchema schema, Random random) => ConfigNode.Object(
        [.. schema.Options.Where(o => o.Default is null || random.Next(2) == 0).Select(o => new ConfigMember(o.Key, Draw(o, o.Type, random)))], "", default);

    private static ConfigNode Draw(OptionSchema option, string type, Random random)
    {
        if (type.EndsWith('?')) return random.Next(3) == 0 ? ConfigNode.Scalar(ConfigKind.Null, "null", "", default) : Draw(option, type[..^1], random);
        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            return ConfigNode.Array([.. Enumerable.Range(0, random.Next(4)).Select(_ => Draw(option, type[..^2], random))], "", default);
        }

        var (least, most) = (option.Minimum ?? double.NegativeInfinity, option.Maximum ?? double.PositiveInfinity);
        return type switch
        {
            "boolean" => ConfigNode.Scalar(ConfigKind.Boolean, random.Next(2) == 0 ? "true" : "false", "", default),
            "text" or "choice" => Text(EdgeValues.Pick(option.Choices.Count > 0 ? option.Choices : EdgeValues.Texts, random)),
            "record" => Draw(option.Nested!, random),
            "plugin" => DrawPlugin(option.Plugin!.Value, random),
            // The schema does not tell int from long; the bounds are whole where there are any.
            "integer" => Number((decimal)EdgeValues.Pick([.. EdgeValues.Ints.Select(i => (double)i).Concat([least, most]).Where(v => IsIn(v))], random)),
            _ => Number(EdgeValues.Pick([.. EdgeValues.Doubles.Concat([least, most]).Where(v => IsIn(v))], random)),
        };

        bool IsIn(double value) => double.IsFinite(value) && value >= least && value <= most;
    }

    /// <summary>Any plugin of the kind; half of them by name alone, so that those which choose others end.</summary>
    private static ConfigNode DrawPlugin(PluginKind kind, Random random)
    {
        var plugin = EdgeValues.Pick(Catalog.OfKind(kind), random);
        var options = random.Next(2) == 0 ? [] : Draw(plugin.Descriptor.Options, random).Members;
        return options.Count == 0 && plugin.Descriptor.Options.Options.All(o => o.Default is not null)
            ? Text(plugin.Name) : ConfigNode.Object([new("name", Text(plugin.Name)), .. options], "", default);
    }

    private static ConfigNode Text(string text) => ConfigNode.Scalar(ConfigKind.String, text, "", default);

    private static ConfigNode Number(IFormattable number) =>
        ConfigNode.Scalar(ConfigKind.Number, number.ToString(null, CultureInfo.InvariantCulture), "", default);
}
