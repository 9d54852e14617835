using System.Text.Json.Nodes;
using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>JSON Schema of single options and of options records.</summary>
internal static class OptionJsonSchema
{
    /// <summary>As <see cref="DurationText"/> reads it.</summary>
    private const string DurationPattern = "^-?[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$";

    /// <summary>The schema of a record; unknown keys are refused as the binder refuses them.</summary>
    public static JsonObject OfRecord(OptionsSchema record)
    {
        var properties = new JsonObject();
        foreach (var option in record.Options) properties[option.Key] = Of(option);
        return new() { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
    }

    /// <summary>The schema of an option with its summary and default.</summary>
    public static JsonObject Of(OptionSchema option)
    {
        var schema = OfType(option, option.Type);
        var description = option.Default is null ? $"{option.Summary} Must be given.".TrimStart() : option.Summary;
        if (description.Length > 0) schema.Insert(0, "description", description);
        if (option.Default is { } text) schema["default"] = JsonNode.Parse(text);
        return schema;
    }

    /// <summary>Takes the type's suffixes off from the right: <c>?</c> adds null, <c>[]</c> makes a list, <c>{}</c> an object with any keys.</summary>
    private static JsonObject OfType(OptionSchema option, string type)
    {
        if (type.EndsWith('?'))
        {
            return new() { ["anyOf"] = new JsonArray(OfType(option, type[..^1]), new JsonObject { ["type"] = "null" }) };
        }

        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            return new() { ["type"] = "array", ["items"] = OfType(option, type[..^2]) };
        }

        if (type.EndsWith("{}", StringComparison.Ordinal))
        {
            return new() { ["type"] = "object", ["additionalProperties"] = OfType(option, type[..^2]) };
        }

        return type switch
        {
            "boolean" => new() { ["type"] = "boolean" },
            "integer" or "number" => Number(option, type),
            "text" when option.Choices.Count == 0 => new() { ["type"] = "string" },
            "path" => new() { ["type"] = "string" },
            "duration" => new() { ["type"] = "string", ["pattern"] = DurationPattern },
            "text" or "choice" => new() { ["enum"] = new JsonArray([.. option.Choices.Select(word => JsonValue.Create(word))]) },
            "plugin" => new() { ["$ref"] = $"#/properties/{PluginSections.Key(option.Plugin!.Value)}" },
            "record" => OfRecord(option.Nested ?? new OptionsSchema([])),
            _ => throw new ArgumentException($"expected a type of {nameof(OptionSchema)}, found \"{type}\" for the option {option.Key}", nameof(option)),
        };
    }

    private static JsonObject Number(OptionSchema option, string type)
    {
        var schema = new JsonObject { ["type"] = type };
        if (option.Minimum is { } least && double.IsFinite(least)) schema["minimum"] = least;
        if (option.Maximum is { } most && double.IsFinite(most)) schema["maximum"] = most;
        return schema;
    }
}
