using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dml.Engine.Explaining;

/// <summary>JSON forms of an influence computation's files.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(TestPairConverter), typeof(ConfusionKindConverter)])]
[JsonSerializable(typeof(InfluencePlan))]
[JsonSerializable(typeof(InfluenceSummary))]
[JsonSerializable(typeof(IReadOnlyList<SolvedRecord>))]
internal sealed partial class InfluenceJson : JsonSerializerContext
{
    /// <summary>How files for people are written: indented, and signs as they are, since no browser takes these files for its own.</summary>
    public static JsonWriterOptions ForPeople => new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>JSON on one line, for messages.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class InfluenceLineJson : JsonSerializerContext;

/// <summary>An explanation in a file of solved targets.</summary>
internal sealed record SolvedRecord(double Distance, IReadOnlyList<WalkDirection> Directions, string Path, SolverCertificate? Solver);

/// <summary>A pair of test items as an array of two indices.</summary>
internal sealed class TestPairConverter : JsonConverter<TestPair>
{
    public override TestPair Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("a pair is an array of two indices");
        var (anchor, neighbour) = (Index(ref reader), Index(ref reader));
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray
            ? new(anchor, neighbour)
            : throw new JsonException("a pair is an array of two indices");
    }

    public override void Write(Utf8JsonWriter writer, TestPair value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Anchor);
        writer.WriteNumberValue(value.Neighbour);
        writer.WriteEndArray();
    }

    private static int Index(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index)
            ? index
            : throw new JsonException("a pair is an array of two indices");
}

/// <summary>Kinds of confusion as <c>pair</c> and <c>group</c>.</summary>
internal sealed class ConfusionKindConverter() : JsonStringEnumConverter<ConfusionKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
