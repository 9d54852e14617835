using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Dml.Explorer.Views;

namespace Dml.Explorer.Api;

/// <summary>openapi.json: all routes as they are declared, with the forms of bodies and answers as they are serialised.</summary>
internal static partial class OpenApi
{
    private const string Json = "application/json";

    private const string Schemas = "#/components/schemas/";

    private static readonly JsonSchemaExporterOptions Plain = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Tell };

    /// <summary>What a schema cannot know of the fields that a client fills in, and of those that hold one of several forms.</summary>
    private static readonly Dictionary<(Type, string), (string Says, IReadOnlyList<string> Values)> Fields = new()
    {
        [(typeof(DecisionBody), "sample")] = ("Index of a training sample.", []),
        [(typeof(DecisionBody), "action")] = ("What is decided about it.", ActionNames.All),
        [(typeof(DecisionBody), "class")] = ("Label of its new class, with relabel; with accept the suggestion's where it is left out.", []),
        [(typeof(WhatIfBody), "error")] = ("Index of a wrong test item.", []),
        [(typeof(WhatIfBody), "changes")] = ("At least one.", []),
        [(typeof(WhatIfBody), "estimator")] = ("Who predicts; the run's own where it is left out.", []),
        [(typeof(ChangeBody), "sample")] = ("Index of a training sample.", []),
        [(typeof(ChangeBody), "action")] = ("What is tried: merge gives all samples of its class the other label.", ChangeBody.Actions),
        [(typeof(ChangeBody), "class")] = ("The new label, with relabel and merge.", []),
        [(typeof(ApiItem), "split")] = ("The split that it belongs to.", [ItemList.Train, ItemList.Test]),
    };

    /// <summary>Describes routes.</summary>
    /// <param name="routes">All of them.</param>
    public static JsonObject Describe(IReadOnlyList<ApiRoute> routes)
    {
        var (paths, schemas) = (new JsonObject(), new JsonObject());
        foreach (var route in routes)
        {
            if (paths[route.Pattern] is not JsonObject path) paths[route.Pattern] = path = [];
            path[route.Method.ToLowerInvariant()] = Describe(route, schemas);
        }

        // What jobs come to, and what events carry, stands in no answer of its own.
        foreach (var form in (JsonTypeInfo[])[ApiJson.Default.WhatIfResult, ApiJson.Default.ApplyResult, ApiJson.Default.DecisionEvent]) Schema(form, schemas);

        return new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Dml explorer",
                ["version"] = "1",
                ["description"] = "The errors of a run, their causes, suspicious labels and what changing them is worth.",
            },
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }),
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = Safety.RequestGuard.TokenHeader },
                },
            },
            ["paths"] = paths,
        };
    }

    private static JsonObject Describe(ApiRoute route, JsonObject schemas)
    {
        var name = NotLetters().Replace(route.Pattern["/api".Length..], m => m.Groups[1].Value.ToUpperInvariant());
        var operation = new JsonObject
        {
            ["operationId"] = route.Method.ToLowerInvariant() + name,
            ["summary"] = route.Says,
            ["parameters"] = new JsonArray([.. route.Parameters.Select(p => p.Describe())]),
        };
        if (route.Body is { } body) operation["requestBody"] = Content(Json, body, schemas);
        else if (route.Consumes is { } media) operation["requestBody"] = Content(media, null, schemas);
        var responses = new JsonObject { ["200"] = Response("The answer.", route.Produces, route.Result, schemas) };
        if (route.MayBePending)
        {
            responses["202"] = Response("It is being prepared: wait for the job, then ask again.", Json, ApiJson.Default.PendingAnswer, schemas);
        }

        responses["default"] = Response("A refusal.", Json, ApiJson.Default.ApiRefusal, schemas);
        operation["responses"] = responses;
        return operation;
    }

    private static JsonObject Response(string says, string media, JsonTypeInfo? form, JsonObject schemas)
    {
        var response = Content(media, form, schemas);
        response.Remove("required");
        response["description"] = says;
        return response;
    }

    private static JsonObject Content(string media, JsonTypeInfo? form, JsonObject schemas) => new()
    {
        ["required"] = true,
        ["content"] = new JsonObject
        {
            [media] = form is null ? [] : new JsonObject { ["schema"] = Schema(form, schemas) },
        },
    };

    /// <summary>Refers to the schema of a form, which stands once among the components.</summary>
    private static JsonObject Schema(JsonTypeInfo form, JsonObject schemas)
    {
        var (name, at) = (form.Type.Name, Schemas + form.Type.Name);
        if (!schemas.ContainsKey(name))
        {
            var schema = form.GetJsonSchemaAsNode(Plain);
            Rebase(schema, at);
            schemas[name] = schema;
        }

        return new() { ["$ref"] = at };
    }

    /// <summary>References within a schema begin at its own root, those of a document at the document's.</summary>
    private static void Rebase(JsonNode? node, string root)
    {
        if (node is JsonArray list) foreach (var item in list) Rebase(item, root);
        if (node is not JsonObject schema) return;
        if (schema["$ref"]?.GetValue<string>() is { } target && !target.StartsWith(Schemas, StringComparison.Ordinal)) schema["$ref"] = root + target[1..];
        foreach (var (_, member) in schema) Rebase(member, root);
    }

    private static JsonNode Tell(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (context.PropertyInfo is not { } property) return schema;
        if (property.DeclaringType == typeof(JobAnswer) && property.Name == "result")
        {
            return new JsonObject
            {
                ["description"] = "What a what-if or applying came to; null before the end, and of a job that prepares something.",
                ["anyOf"] = new JsonArray(
                    Reference(nameof(WhatIfResult)), Reference(nameof(ApplyResult)), new JsonObject { ["type"] = "null" }),
            };
        }

        if (schema is not JsonObject described || !Fields.TryGetValue((property.DeclaringType, property.Name), out var field)) return schema;
        described["description"] = field.Says;
        if (field.Values.Count > 0) described["enum"] = new JsonArray([.. field.Values.Select(v => (JsonNode)v)]);
        return described;
    }

    private static JsonObject Reference(string form) => new() { ["$ref"] = Schemas + form };

    [GeneratedRegex("[^a-z]+([a-z]?)")]
    private static partial Regex NotLetters();
}
