using System.Text.Json.Serialization;

namespace Dml.Engine.Runs;

/// <summary>JSON forms of a run's files, without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatasetRecord))]
[JsonSerializable(typeof(RunFacts))]
[JsonSerializable(typeof(RunMetrics))]
[JsonSerializable(typeof(MislabelRecord))]
[JsonSerializable(typeof(ConfusionsRecord))]
[JsonSerializable(typeof(ValidationRecord))]
[JsonSerializable(typeof(Origin))]
internal sealed partial class RunJson : JsonSerializerContext;
