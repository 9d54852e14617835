using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Explorer.Api;

/// <summary>JSON forms of the API, without reflection. Parts that are not there are written as null, so that a page need not guess.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ApiRefusal))]
[JsonSerializable(typeof(PendingAnswer))]
[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(StartedJob))]
[JsonSerializable(typeof(Nothing))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(ItemsAnswer))]
[JsonSerializable(typeof(ErrorPage))]
[JsonSerializable(typeof(ErrorEntry))]
[JsonSerializable(typeof(CausesAnswer))]
[JsonSerializable(typeof(SuspectPage))]
[JsonSerializable(typeof(WhatIfBody))]
[JsonSerializable(typeof(WhatIfAnswer))]
[JsonSerializable(typeof(WhatIfResult))]
[JsonSerializable(typeof(ApplyResult))]
[JsonSerializable(typeof(ClassesAnswer))]
[JsonSerializable(typeof(MapAnswer))]
[JsonSerializable(typeof(DuplicatePage))]
[JsonSerializable(typeof(SearchAnswer))]
[JsonSerializable(typeof(RunsAnswer))]
[JsonSerializable(typeof(CompareAnswer))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(DecisionBody))]
[JsonSerializable(typeof(ApiDecision))]
[JsonSerializable(typeof(DecisionsAnswer))]
[JsonSerializable(typeof(DecisionEvent))]
internal sealed partial class ApiJson : JsonSerializerContext;
