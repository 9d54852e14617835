using System.Text.Json.Serialization;
using Dml.Engine;
using Dml.Host.Commands;

namespace Dml.Host.Terminal;

/// <summary>JSON forms of what commands find, for programs that read <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(IReadOnlyList<Retrieval>))]
[JsonSerializable(typeof(RunComparison))]
[JsonSerializable(typeof(IReadOnlyList<ListedRun>))]
[JsonSerializable(typeof(NamedCauses))]
internal sealed partial class OutputJson : JsonSerializerContext;
