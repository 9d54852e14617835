using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Dml.Explorer.Api;

/// <summary>openapi.json: all routes as they are declared, with the forms of bodies and answers as they are serialised.</summary>
internal static partial class OpenApi
{
    private const string Json = "application/json";

    private static readonly JsonSchemaExporterOptions Plain = new() { TreatNullObliviousAsNonNullable = true };

    /// <summary>Describes routes.</summary>
    /// <param name="routes">All of them.</param>
    public static JsonObject Describe(IReadOnlyList<ApiRoute> routes)
    {
        var paths = new JsonObject();
        foreach (var route in routes)
        {
            if (paths[route.Pattern] is not JsonObject path) paths[route.Pattern] = path = [];
            path[route.Method.ToLowerInvariant()] = Describe(route);
        }

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
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = Safety.RequestGuard.TokenHeader },
                },
            },
            ["paths"] = paths,
        };
    }

    private static JsonObject Describe(ApiRoute route)
    {
        var name = NotLetters().Replace(route.Pattern["/api".Length..], m => m.Groups[1].Value.ToUpperInvariant());
        var operation = new JsonObject
        {
            ["operationId"] = route.Method.ToLowerInvariant() + name,
            ["summary"] = route.Says,
            ["parameters"] = new JsonArray([.. route.Parameters.Select(p => p.Describe())]),
        };
        if (route.Body is { } body) operation["requestBody"] = Content(Json, body);
        else if (route.Consumes is { } media) operation["requestBody"] = Content(media, null);
        var responses = new JsonObject { ["200"] = Response("The answer.", route.Produces, route.Result) };
        if (route.MayBePending) responses["202"] = Response("It is being prepared: wait for the job, then ask again.", Json, ApiJson.Default.PendingAnswer);
        responses["default"] = Response("A refusal.", Json, ApiJson.Default.ApiRefusal);
        operation["responses"] = responses;
        return operation;
    }

    private static JsonObject Response(string says, string media, JsonTypeInfo? form)
    {
        var response = Content(media, form);
        response.Remove("required");
        response["description"] = says;
        return response;
    }

    private static JsonObject Content(string media, JsonTypeInfo? form) => new()
    {
        ["required"] = true,
        ["content"] = new JsonObject
        {
            [media] = form is null ? [] : new JsonObject { ["schema"] = form.GetJsonSchemaAsNode(Plain) },
        },
    };

    [GeneratedRegex("[^a-z]+([a-z]?)")]
    private static partial Regex NotLetters();
}
