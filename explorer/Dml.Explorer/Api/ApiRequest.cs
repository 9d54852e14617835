using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Dml.Configuration;
using Microsoft.AspNetCore.Http;

namespace Dml.Explorer.Api;

/// <summary>A request of a route: its parameters are those that the route declares, and no others.</summary>
/// <param name="context">The request.</param>
/// <param name="parameters">What the route declares.</param>
internal sealed class ApiRequest(HttpContext context, IReadOnlyList<ApiParameter> parameters)
{
    /// <summary>A request of a route.</summary>
    /// <param name="context">The request.</param>
    /// <param name="parameters">What the route declares.</param>
    /// <exception cref="ApiException">It has a parameter that the route does not.</exception>
    public static ApiRequest Of(HttpContext context, IReadOnlyList<ApiParameter> parameters)
    {
        string[] known = [.. parameters.Where(p => !p.InPath).Select(p => p.Name)];
        if (context.Request.Query.Keys.FirstOrDefault(key => !known.Contains(key)) is { } other)
        {
            throw new ApiException(400, NearestName.Explain("parameter", other, known));
        }

        return new(context, parameters);
    }

    /// <summary>The request as it came.</summary>
    public HttpContext Http => context;

    /// <summary>Set when the client is gone.</summary>
    public CancellationToken Gone => context.RequestAborted;

    /// <summary>A whole number that has a default or stands in the path.</summary>
    public int Integer(string name) => OptionalInteger(name) ?? throw new InvalidOperationException($"{name} has no default.");

    /// <summary>A whole number; null where it is left out.</summary>
    public int? OptionalInteger(string name) => Number(name) is { } value ? (int)value : null;

    /// <summary>A number; null where it is left out.</summary>
    public double? Number(string name) => Value(name, out var parameter) is { } text ? parameter.Parse(text) : null;

    /// <summary>A text; null where it is left out.</summary>
    /// <exception cref="ApiException">It is none of those that are known.</exception>
    public string? Text(string name)
    {
        var text = Value(name, out var parameter);
        return text is null || parameter.Values.Count == 0 || parameter.Values.Contains(text) ? text
            : throw new ApiException(400, $"{name}: expected {string.Join(", ", parameter.Values.SkipLast(1))} or {parameter.Values[^1]}, found \"{text}\".");
    }

    /// <summary>The body.</summary>
    /// <param name="type">Its form.</param>
    /// <exception cref="ApiException">It is no JSON of that form.</exception>
    public async Task<T> Body<T>(JsonTypeInfo<T> type) where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ApiException(415, $"Expected the content type application/json, found \"{context.Request.ContentType}\".");
        }

        var body = await Json();
        if (body is not JsonObject given) throw Unlike("JSON that is no object");
        string[] missing = [.. type.Properties.Where(p => p.IsRequired && !given.ContainsKey(p.Name)).Select(p => p.Name)];
        if (missing.Length > 0) throw Unlike($"one without {string.Join(" and ", missing)}");
        string[] keys = [.. type.Properties.Select(p => p.Name)];
        if (given.Select(member => member.Key).FirstOrDefault(key => !keys.Contains(key)) is { } other)
        {
            throw new ApiException(400, NearestName.Explain("key", other, keys));
        }

        try
        {
            return given.Deserialize(type)!;
        }
        catch (JsonException error)
        {
            throw Unlike($"another kind of value, or one that lacks a part, at {error.Path?.TrimStart('$', '.')}");
        }
    }

    private async Task<JsonNode?> Json()
    {
        try
        {
            return await JsonNode.ParseAsync(context.Request.Body, cancellationToken: Gone);
        }
        catch (JsonException error)
        {
            throw Unlike(string.Create(
                CultureInfo.InvariantCulture, $"text that is no JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}"));
        }
    }

    private static ApiException Unlike(string found) => new(400, $"Expected a body as /api/openapi.json describes it, found {found}.");

    private string? Value(string name, out ApiParameter parameter)
    {
        parameter = parameters.FirstOrDefault(p => p.Name == name) ?? throw new InvalidOperationException($"The route declares no parameter {name}.");
        if (parameter.InPath) return (string?)context.Request.RouteValues[name];
        return context.Request.Query.TryGetValue(name, out var values) && values.Count > 0 && values[^1] is { Length: > 0 } text ? text : parameter.Default;
    }
}
