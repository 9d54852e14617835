using System.Net;
using System.Security.Cryptography;
using System.Text;
using Dml.Explorer.Api;
using Microsoft.AspNetCore.Http;

namespace Dml.Explorer.Safety;

/// <summary>
/// Stands before every request: only who knows the token is answered, only under a name of this machine (so that no foreign page can reach the
/// server by a name of its own), and what changes something must come from the page itself or from a program, never from a form of another site.
/// </summary>
/// <param name="token">What requests must show.</param>
/// <param name="host">A further name that it is reached by; null for this machine alone.</param>
/// <param name="options">Names of options, and where defects are told.</param>
internal sealed class RequestGuard(string token, string? host, ExplorerOptions options)
{
    public const string TokenHeader = "X-Dml-Token";
    public const string PageHeader = "X-Dml";
    public const long MostBodyBytes = 1 << 20;
    public const long MostConnections = 1024;

    private const int LeastTokenLength = 16;
    private const int TokenBytes = 24;

    /// <summary>Scripts, styles and images of the server itself and nothing else: markup that slips into the page could load and run nothing.</summary>
    private const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly byte[] _token = Encoding.UTF8.GetBytes(token);

    /// <summary>The port that is listened at, known once the server runs.</summary>
    public int Port { get; set; }

    /// <summary>Cookies know no ports, so that two explorers need two names.</summary>
    private string Cookie => FormattableString.Invariant($"dml-token-{Port}");

    /// <summary>The token of the options, or a random one.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="DmlException">It is missing where other machines may come in, or too weak.</exception>
    public static string TokenOf(ExplorerOptions options)
    {
        if (options.Token is null && !IsLoopback(options.Host))
        {
            throw new DmlException(
                "token", $"a secret of your own beside {Mention.Option("host", options.Host)}, which lets other machines in", "none",
                $"give {Mention.Option("token", "TEXT")} of {LeastTokenLength} letters, digits, - and _ or more; who knows it sees the images "
                    + $"and labels of the run and can change its review, and the connection is not encrypted");
        }

        if (options.Token is not { } given) return Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        if (given.Length >= LeastTokenLength && given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) return given;
        throw new DmlException("token", $"at least {LeastTokenLength} letters, digits, - and _", $"{given.Length} characters", "choose a longer one");
    }

    /// <summary>Lets a request in, or answers it.</summary>
    public async Task Handle(HttpContext context, RequestDelegate next)
    {
        AddHeaders(context.Response.Headers);
        try
        {
            if (!IsOurName(context.Request.Host))
            {
                throw new ApiException(421, $"Expected a request to this machine by its own name, found Host: {context.Request.Host}.");
            }

            if (await LetIn(context)) await next(context);
        }
        catch (ApiException refusal)
        {
            await Refuse(context, refusal.Status, refusal.Message);
        }
        catch (BadHttpRequestException refusal)
        {
            await Refuse(context, refusal.StatusCode, refusal.Message.TrimEnd('.') + ".");
        }
        catch (DmlException mistake)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, options.Mentions is { } name ? mistake.ToSentence(name) : mistake.Message);
        }
        catch (OperationCanceledException)
        {
            // The client is gone, or the server stops: there is nobody to answer.
        }
        catch (Exception defect) when (defect is not IOException || !context.RequestAborted.IsCancellationRequested)
        {
            (options.Log ?? Console.Error.WriteLine)($"This is a defect of the explorer, please report it: {defect}");
            await Refuse(context, StatusCodes.Status500InternalServerError, $"This is a defect of the explorer, please report it: {defect.Message}");
        }
    }

    /// <summary>Whether the request may go on; else it has been answered.</summary>
    private async Task<bool> LetIn(HttpContext context)
    {
        var request = context.Request;
        if (request.Path == "/" && request.Query.TryGetValue("token", out var shown))
        {
            if (!IsToken(shown)) throw new ApiException(401, "Expected the token of this explorer in the address, found another; open what it printed.");
            context.Response.Cookies.Append(Cookie, token, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true });
            context.Response.Redirect("/");
            return false;
        }

        var byHeader = request.Headers.TryGetValue(TokenHeader, out var header) && IsToken(header);
        if (!byHeader && !IsToken(request.Cookies[Cookie]))
        {
            throw new ApiException(
                401, $"Expected the token of this explorer, as its cookie or in the header {TokenHeader}, found none that fits; open what it printed.");
        }

        if (!HttpMethods.IsPost(request.Method)) return true;
        if (!byHeader && request.Headers[PageHeader] != "1")
        {
            throw new ApiException(403, $"Expected the header {PageHeader}: 1 with a request that changes something, found none; the page sends it.");
        }

        if (request.Headers.Origin is [{ } origin] && origin != $"{request.Scheme}://{request.Host}")
        {
            throw new ApiException(403, $"Expected a request of this explorer's own page, found one of {origin}.");
        }

        return true;
    }

    private bool IsOurName(HostString name)
    {
        if (name.Port is { } port ? port != Port : Port != 80) return false;
        if (IsLoopback(name.Host)) return true;
        if (host is null) return false;
        // A number is no name that a foreign page could own.
        return IPAddress.TryParse(host, out var listened) && (listened.Equals(IPAddress.Any) || listened.Equals(IPAddress.IPv6Any))
            ? IPAddress.TryParse(name.Host, out _) || name.Host.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase)
            : name.Host.Equals(host, StringComparison.OrdinalIgnoreCase);
    }

    private bool IsToken(string? shown) => shown is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), _token);

    private static bool IsLoopback(string name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(name, out var number) && IPAddress.IsLoopback(number));

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private static Task Refuse(HttpContext context, int status, string sentence)
    {
        if (context.Response.HasStarted) return Task.CompletedTask;
        context.Response.StatusCode = status;
        // A person who opens an address reads the sentence; programs, the page among them, read JSON.
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
        {
            return context.Response.WriteAsJsonAsync(new ApiRefusal(sentence), ApiJson.Default.ApiRefusal);
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence);
    }
}
