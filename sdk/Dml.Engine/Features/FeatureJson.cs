using System.Text.Json.Serialization;

namespace Dml.Engine.Features;

/// <summary>JSON forms of sample ids.</summary>
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(Dictionary<string, IReadOnlyList<string>>))]
internal sealed partial class FeatureJson : JsonSerializerContext;
