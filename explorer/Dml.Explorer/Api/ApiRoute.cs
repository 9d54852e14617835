using System.Text.Json.Serialization.Metadata;
using Dml.Explorer.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dml.Explorer.Api;

/// <summary>One route of the API: what answers it and what openapi.json says of it, in one place.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Pattern">Its address.</param>
/// <param name="Says">What it gives, one sentence.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed record ApiRoute(string Method, string Pattern, string Says, IReadOnlyList<ApiParameter> Parameters)
{
    private const string Root = "/api/";

    /// <summary>The form of the body; null for none, or for an image.</summary>
    public JsonTypeInfo? Body { get; private init; }

    /// <summary>The form of the answer; null where it is no JSON.</summary>
    public JsonTypeInfo? Result { get; private init; }

    /// <summary>The media type of the answer.</summary>
    public string Produces { get; private init; } = "application/json";

    /// <summary>The media type of the body, where it is no JSON; null for JSON or none.</summary>
    public string? Consumes { get; private init; }

    /// <summary>Whether it may answer that something is still being prepared.</summary>
    public bool MayBePending { get; init; }

    private Func<ApiRequest, Task> Answer { get; init; } = _ => Task.CompletedTask;

    /// <summary>A question that is answered with JSON.</summary>
    public static ApiRoute Get<T>(
        string pattern, string says, JsonTypeInfo<T> result, Func<ApiRequest, Task<T>> answer, params IReadOnlyList<ApiParameter> parameters) =>
        new(HttpMethods.Get, Root + pattern, says, parameters) { Result = result, Answer = request => Write(request, result, answer) };

    /// <summary>A question that is answered otherwise.</summary>
    public static ApiRoute Get(string pattern, string says, string produces, Func<ApiRequest, Task> answer, params IReadOnlyList<ApiParameter> parameters) =>
        new(HttpMethods.Get, Root + pattern, says, parameters) { Produces = produces, Answer = answer };

    /// <summary>What changes or starts something; its body is JSON.</summary>
    public static ApiRoute Post<TBody, T>(
        string pattern, string says, JsonTypeInfo<TBody> body, JsonTypeInfo<T> result, Func<ApiRequest, TBody, Task<T>> answer,
        params IReadOnlyList<ApiParameter> parameters) where TBody : class =>
        new(HttpMethods.Post, Root + pattern, says, parameters)
        {
            Body = body,
            Result = result,
            Answer = request => Write(request, result, async asked => await answer(asked, await asked.Body(body))),
        };

    /// <summary>What takes a body that is no JSON.</summary>
    public static ApiRoute Post<T>(
        string pattern, string says, string consumes, JsonTypeInfo<T> result, Func<ApiRequest, Task<T>> answer,
        params IReadOnlyList<ApiParameter> parameters) =>
        new(HttpMethods.Post, Root + pattern, says, parameters)
        {
            Consumes = consumes,
            Result = result,
            Answer = request => Write(request, result, answer),
        };

    /// <summary>Adds it to the server.</summary>
    /// <param name="routes">Where to.</param>
    public void Map(IEndpointRouteBuilder routes) => routes.MapMethods(Pattern, [Method], context => Answer(ApiRequest.Of(context, Parameters)));

    private static async Task Write<T>(ApiRequest request, JsonTypeInfo<T> type, Func<ApiRequest, Task<T>> answer)
    {
        try
        {
            await request.Http.Response.WriteAsJsonAsync(await answer(request), type, cancellationToken: request.Gone);
        }
        catch (PendingException pending)
        {
            request.Http.Response.StatusCode = StatusCodes.Status202Accepted;
            await request.Http.Response.WriteAsJsonAsync(
                new PendingAnswer(pending.Job.Id, pending.Job.Says), ApiJson.Default.PendingAnswer, cancellationToken: request.Gone);
        }
    }
}
