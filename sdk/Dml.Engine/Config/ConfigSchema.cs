using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>What <c>dml schema</c> prints: a JSON Schema (draft 2020-12) of config files, by which editors complete and check them.</summary>
public static class ConfigSchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
        foreach (var section in sections) properties[section.Key] = OptionJsonSchema.Of(section.Schema);

        var root = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "Config of a dml run", ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        return root.ToJsonString(Indented) + "\n";
    }

    private static JsonObject PluginSection(PluginKind kind, IReadOnlyList<LoadedPlugin> plugins)
    {
        var forms = new JsonArray();
        if (plugins.Count > 0)
        {
            forms.Add(new JsonObject { ["description"] = "A plugin with its default options.", ["enum"] = new JsonArray([.. plugins.Select(p => JsonValue.Create(p.Name))]) });
        }

        foreach (var plugin in plugins) forms.Add(Plugin(plugin));
        forms.Add(new JsonObject
        {
            ["description"] = "Without a name: options of the plugin that the extended config chooses.",
            ["type"] = "object",
            ["not"] = new JsonObject { ["required"] = new JsonArray(PluginSections.NameKey) },
        });
        return new() { ["description"] = $"The {PluginSections.Key(kind)} plugin with its options.", ["oneOf"] = forms };
    }

    /// <summary>
    /// Options that must be given are not required here: a config that extends another may leave them to it, and the host reports
    /// what is missing in the end.
    /// </summary>
    private static JsonObject Plugin(LoadedPlugin plugin)
    {
        var schema = OptionJsonSchema.OfRecord(plugin.Descriptor.Options);
        var properties = (JsonObject)schema["properties"]!;
        properties.Insert(0, PluginSections.NameKey, new JsonObject { ["const"] = plugin.Name });
        if (plugin.Descriptor.Summary.Length > 0) schema.Insert(0, "description", plugin.Descriptor.Summary);
        schema.Insert(0, "title", plugin.Name);
        schema["required"] = new JsonArray(PluginSections.NameKey);
        return schema;
    }

    private static JsonObject Typed(string type, string description) => new() { ["type"] = type, ["description"] = description };
}
