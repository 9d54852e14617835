using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dml.Configuration;

namespace Dml.Engine.Config;

/// <summary>Writes config nodes as indented JSON.</summary>
internal static class ConfigWriter
{
    /// <summary>The JSON text with a line end after it; numbers keep the digits they were written with.</summary>
    public static string Write(ConfigNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(writer, node);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter writer, ConfigNode node)
    {
        switch (node.Kind)
        {
            case ConfigKind.Object:
                writer.WriteStartObject();
                foreach (var member in node.Members)
                {
                    writer.WritePropertyName(member.Key);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case ConfigKind.Array:
                writer.WriteStartArray();
                foreach (var item in node.Items) Write(writer, item);
                writer.WriteEndArray();
                break;
            case ConfigKind.String:
                writer.WriteStringValue(node.Text);
                break;
            default:
                // Keeps the digits; a raw value would not be indented within a list.
                JsonElement.Parse(node.Text).WriteTo(writer);
                break;
        }
    }
}
