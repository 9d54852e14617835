using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dml.Explorer.Safety;

/// <summary>The files of the page, which are part of the program: no folder of the machine is served.</summary>
internal static class PageFiles
{
    private const string Prefix = "Page/";
    private const string Start = "index.html";

    /// <summary>Adds a route for each file; the page itself is the root.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var assembly = typeof(PageFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var file = name[Prefix.Length..].Replace('\\', '/');
            routes.MapGet(file == Start ? "/" : $"/{file}", context => Answer(context, bytes, ContentType(file), ETag(bytes)));
        }
    }

    /// <summary>The tag of a content, by which a browser asks whether it has changed.</summary>
    /// <param name="bytes">The content.</param>
    public static string ETag(ReadOnlySpan<byte> bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..12])}\"";

    /// <summary>Answers with bytes, or with the word that the browser has them.</summary>
    /// <param name="context">The request.</param>
    /// <param name="bytes">The content.</param>
    /// <param name="type">Its media type.</param>
    /// <param name="tag">Its tag.</param>
    public static async Task Answer(HttpContext context, ReadOnlyMemory<byte> bytes, string type, string tag)
    {
        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = "private, no-cache";
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static string ContentType(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".json" => "application/json",
        var other => throw new InvalidOperationException($"The page's file {file} has the ending {other}, of which no media type is known."),
    };
}
