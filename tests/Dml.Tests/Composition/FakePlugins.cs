using Dml.Configuration;
using Dml.Engine;

namespace Dml.Tests.Composition;

/// <summary>Plugins that exist as descriptors alone, for tests of configs and of what is printed about plugins.</summary>
internal static class FakePlugins
{
    public sealed record MarginOptions(string Folder, double Scale, bool Trainable, NoiseOptions Noise);

    public sealed record NoiseOptions(double Std, int Steps);

    public sealed record Made(string Name, object Options);

    private static readonly OptionsSchema NoiseSchema = new(
    [
        new("std", "number", "0.05", "Standard deviation.") { Minimum = 0, Maximum = 1 },
        new("steps", "integer", "1", "Number of steps.") { Minimum = 1 },
    ]);

    private static readonly OptionsSchema MarginSchema = new(
    [
        new("folder", "text", null, "Where the images are."),
        new("scale", "number", "20", "Inverse temperature.") { Minimum = 0.1, Maximum = 100 },
        new("trainable", "boolean", "false", "Whether the scale is trained."),
        new("widths", "integer[]", "[2, 4]", "Widths in pixels.") { Minimum = 1 },
        new("mode", "choice", "\"even\"", "The pattern.") { Choices = ["even", "uneven"] },
        new("tint", "text?", "null", "A tint, or null."),
        new("noise", "record", "{}", "Noise on the pixels.") { Nested = NoiseSchema },
    ]);

    /// <summary>Two losses, a dataset and a backbone, without failures.</summary>
    public static PluginCatalog Catalog { get; } = new(
        [
            Plugin("margin", PluginKind.Loss, MarginSchema, BindMargin),
            Plugin("plain", PluginKind.Loss),
            Plugin("glyphs", PluginKind.Dataset),
            Plugin("convnet", PluginKind.Backbone),
        ],
        []);

    public static LoadedPlugin Plugin(
        string name, PluginKind kind, OptionsSchema? schema = null, Func<ConfigNode, ConfigProblems, object?>? bind = null,
        Func<object, IServiceProvider, object>? create = null, string file = "plugins/Fakes/Fakes.dll") =>
        new(
            new(name, kind, $"Fakes.{name}", $"The {name} plugin.", schema ?? NoOptions.Schema, bind ?? NoOptions.Bind, create
                ?? ((options, _) => new Made(name, options))),
            file,
            Path.GetFileNameWithoutExtension(file),
            "0.1.0");

    private static MarginOptions? BindMargin(ConfigNode node, ConfigProblems problems)
    {
        var reader = new OptionsReader(node, problems, [.. MarginSchema.Options.Select(o => o.Key)]);
        reader.Require("folder", "a text");
        var options = new MarginOptions(
            reader.Read<string>("folder", "", ConfigValue.String),
            reader.Read("scale", 20, ConfigValue.Double(0.1, 100)),
            reader.Read<bool>("trainable", false, ConfigValue.Boolean),
            reader.Read("noise", new NoiseOptions(0.05, 1), ConfigValue.Record(BindNoise)));
        return reader.Complete ? options : null;
    }

    private static NoiseOptions? BindNoise(ConfigNode node, ConfigProblems problems)
    {
        var reader = new OptionsReader(node, problems, ["std", "steps"]);
        var options = new NoiseOptions(reader.Read("std", 0.05, ConfigValue.Double(0, 1)), reader.Read("steps", 1, ConfigValue.Int32(1)));
        return reader.Complete ? options : null;
    }
}
