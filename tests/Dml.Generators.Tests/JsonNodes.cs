using System.Text.Json;
using Dml.Configuration;

namespace Dml.Generators.Tests;

/// <summary>Config nodes from JSON text, for tests.</summary>
internal static class JsonNodes
{
    public static ConfigNode Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Node(document.RootElement, "");
    }

    private static ConfigNode Node(JsonElement element, string path)
    {
        var source = new ConfigSource("test.json", 1);
        return element.ValueKind switch
        {
            JsonValueKind.Object => ConfigNode.Object(
                [.. element.EnumerateObject().Select(m => new ConfigMember(m.Name, Node(m.Value, path.Length == 0 ? m.Name : $"{path}.{m.Name}")))],
                path, source),
            JsonValueKind.Array => ConfigNode.Array([.. element.EnumerateArray().Select((item, i) => Node(item, $"{path}[{i}]"))], path, source),
            JsonValueKind.String => ConfigNode.Scalar(ConfigKind.String, element.GetString()!, path, source),
            JsonValueKind.Number => ConfigNode.Scalar(ConfigKind.Number, element.GetRawText(), path, source),
            JsonValueKind.True or JsonValueKind.False => ConfigNode.Scalar(ConfigKind.Boolean, element.GetRawText(), path, source),
            _ => ConfigNode.Scalar(ConfigKind.Null, "null", path, source),
        };
    }
}
