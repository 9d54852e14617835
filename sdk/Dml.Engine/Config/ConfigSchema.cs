using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>What <c>dml schema</c> prints: a JSON Schema (draft 2020-12) of config files, by which editors complete and check them.</summary>
internal static class ConfigSchema
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema as indented JSON with a line end.</summary>
    /// <param name="catalog">The plugins that configs may choose.</param>
    /// <param name="sections">The root keys of the host.</param>
    public static string Render(PluginCatalog catalog, IReadOnlyList<ConfigSection> sections)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(sections);
        var properties = new JsonObject
        {
            [Composer.SchemaKey] = Typed("string", "The schema that editors check this file with."),
            [ConfigFile.ExtendsKey] = Typed("string", "Another config, relative to this one; its sections hold where this file does not say otherwise."),
        };
        foreach (var kind in PluginSections.Kinds) properties[PluginSections.Key(kind)] = PluginSection(kind, catalog.OfKind(kind));
        foreach (var section in sections)
        {
            var schema = OptionJsonSchema.Of(section.Schema);
            foreach (var named in section.Named.Where(named => named.Plain.Count == 0 || catalog.OfKind(named.Plugins!.Kind).Count > 0))
            {
                ((JsonObject)schema["properties"]!)[named.Option.Key] = Named(named, catalog);
            }

            properties[section.Key] = schema;
        }

        var root = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Config of a dml run",
            ["type"] = "object",
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
        return root.ToJsonString(Indented) + "\n";
    }

    private static JsonObject PluginSection(PluginKind kind, IReadOnlyList<LoadedPlugin> plugins)
    {
        var forms = new JsonArray();
        if (plugins.Count > 0) forms.Add(Names("A plugin with its default options.", plugins.Select(p => p.Name)));
        foreach (var plugin in plugins) forms.Add(Form(plugin.Name, plugin.Descriptor.Summary, plugin.Descriptor.Options));
        forms.Add(WithoutName("Without a name: options of the plugin that the extended config chooses."));
        return new() { ["description"] = $"The {PluginSections.Key(kind)} plugin with its options.", ["oneOf"] = forms };
    }

    private static JsonObject Named(NamedOption named, PluginCatalog catalog)
    {
        var plugins = named.Plugins is { } known ? catalog.OfKind(known.Kind) : [];
        var names = named.Choices.Select(choice => choice.Name).Concat(named.Plain).Concat(plugins.Select(plugin => plugin.Name));
        var forms = new JsonArray(Names("One with its default options.", names));
        if (named.Plain.Count == 0) forms.Insert(0, new JsonObject { ["type"] = "null" });
        foreach (var choice in named.Choices) forms.Add(Form(choice.Name, choice.Meaning, choice.Schema));
        foreach (var plugin in plugins) forms.Add(Form(plugin.Name, plugin.Descriptor.Summary, plugin.Descriptor.Options));
        forms.Add(WithoutName("Without a name: options of what the extended config names."));
        return new() { ["description"] = named.Option.Summary, ["oneOf"] = forms, ["default"] = JsonNode.Parse(named.Option.Default!) };
    }

    private static JsonObject WithoutName(string description) => new()
    {
        ["description"] = description,
        ["type"] = "object",
        ["not"] = new JsonObject { ["required"] = new JsonArray(PluginSections.NameKey) },
    };

    private static JsonObject Names(string description, IEnumerable<string> names) =>
        new() { ["description"] = description, ["enum"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]) };

    /// <summary>
    /// Options that must be given are not required here: a config that extends another may leave them to it, and the host reports
    /// what is missing in the end.
    /// </summary>
    private static JsonObject Form(string name, string summary, OptionsSchema options)
    {
        var schema = OptionJsonSchema.OfRecord(options);
        var properties = (JsonObject)schema["properties"]!;
        properties.Insert(0, PluginSections.NameKey, new JsonObject { ["const"] = name });
        if (summary.Length > 0) schema.Insert(0, "description", summary);
        schema.Insert(0, "title", name);
        schema["required"] = new JsonArray(PluginSections.NameKey);
        return schema;
    }

    private static JsonObject Typed(string type, string description) => new() { ["type"] = type, ["description"] = description };
}
