using System.Text.Json.Serialization;

namespace Dml.Engine.Reviews;

/// <summary>One line of review.jsonl: a decision, or the undoing of one. Samples are named by their ids, which another order of samples leaves right.</summary>
/// <param name="Number">From 1, rising by 1 from line to line.</param>
/// <param name="Time">When it was written.</param>
internal sealed record ReviewLine(long Number, DateTimeOffset Time)
{
    /// <summary>The number of the decision that is undone; null for a decision.</summary>
    public long? Undoes { get; init; }

    /// <summary>Id of the sample; null where a decision is undone.</summary>
    public string? Id { get; init; }

    /// <summary>What was decided; null where a decision is undone.</summary>
    public ReviewAction? Action { get; init; }

    /// <summary>Name of the class that is the right one; null where the action names none.</summary>
    [JsonPropertyName("class")]
    public string? ClassName { get; init; }
}

/// <summary>Its JSON form.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ReviewLine))]
internal sealed partial class ReviewJson : JsonSerializerContext;
