using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Dml.Explorer.Api;

/// <summary>A request of a route: its parameters are those that the route declares, and no others.</summary>
/// <param name="context">The request.</param>
/// <param name="parameters">What the route declares.</param>
internal sealed class ApiRequest(HttpContext context, IReadOnlyList<ApiParameter> parameters)
{
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

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, Gone) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new ApiException(400, $"Expected a body as openapi.json describes it, found another ({error.Message.Split('.')[0]}).");
        }
    }

    private string? Value(string name, out ApiParameter parameter)
    {
        parameter = parameters.FirstOrDefault(p => p.Name == name) ?? throw new InvalidOperationException($"The route declares no parameter {name}.");
        if (parameter.InPath) return (string?)context.Request.RouteValues[name];
        return context.Request.Query.TryGetValue(name, out var values) && values.Count > 0 && values[^1] is { Length: > 0 } text ? text : parameter.Default;
    }
}
