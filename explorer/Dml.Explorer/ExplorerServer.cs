using System.Net;
using System.Net.Sockets;
using Dml.Engine;
using Dml.Explorer.Api;
using Dml.Explorer.Safety;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Explorer;

/// <summary>The explorer of a run: a web server of this machine alone, with an API and the page that uses it. Dispose of it to stop it.</summary>
public sealed class ExplorerServer : IAsyncDisposable
{
    private const int LoopsAtOnce = 4;
    private const int ThreadsForRequests = 16;

    private readonly WebApplication _application;
    private readonly ExplorerSession _session;

    private ExplorerServer(WebApplication application, ExplorerSession session, Uri address, string token) =>
        (_application, _session, Address, Token) = (application, session, address, token);

    /// <summary>Where it listens: <c>http://127.0.0.1:PORT/</c>.</summary>
    public Uri Address { get; }

    /// <summary>What requests must show, in the header <c>X-Dml-Token</c>.</summary>
    public string Token { get; }

    /// <summary>The address that a person opens: it carries the token, which the browser then keeps as a cookie.</summary>
    public Uri Entrance => new(Address, $"/?token={Token}");

    /// <summary>Every route of the API.</summary>
    internal IReadOnlyList<Endpoint> Endpoints => [.. ((IEndpointRouteBuilder)_application).DataSources.SelectMany(source => source.Endpoints)];

    internal ExplorerSession Session => _session;

    /// <summary>Opens the explorer of a run.</summary>
    /// <param name="run">The run; it stays the caller's and outlives the server.</param>
    /// <param name="options">Where it listens; null for a free port of this machine.</param>
    /// <exception cref="DmlException">The port is none, the address is taken or not of this machine, or the token is missing or too weak.</exception>
    public static async Task<ExplorerServer> StartAsync(Run run, ExplorerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        options ??= new();
        if (options.Port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
        {
            throw new DmlException("port", $"a number from {IPEndPoint.MinPort}, which takes a free one, to {IPEndPoint.MaxPort}", $"{options.Port}");
        }

        KeepThreadsFree();
        var token = RequestGuard.TokenOf(options);
        var (address, isLoopback) = await ListeningAt(options.Host);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestGuard.MostBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = RequestGuard.MostConnections;
            kestrel.Listen(address, options.Port);
        });
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        var session = new ExplorerSession(run, options);
        try
        {
            var guard = new RequestGuard(token, isLoopback ? null : options.Host, options);
            application.Use(guard.Handle);
            application.UseRouting();
            new ApiRoutes(session, application.Lifetime.ApplicationStopping).Map(application);
            PageFiles.Map(application);
            await application.StartAsync();
            var bound = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            guard.Port = bound.Port;
            return new(application, session, Shown(bound, options.Host), token);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await session.DisposeAsync();
            await application.DisposeAsync();
            throw new DmlException(
                "port", "a free port of this machine", $"{options.Host}:{options.Port}, where nothing can listen ({error.Message.TrimEnd('.')})",
                "choose another, or 0 for a free one", null, error);
        }
    }

    /// <summary>Answers what is under way, stops long work and closes the port.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _application.StopAsync(patience.Token);
        await _application.DisposeAsync();
        await _session.DisposeAsync();
    }

    /// <summary>
    /// Long work takes a thread a core for each of its loops. The pool has no more of them ready than there are cores, and gives out one more in half a
    /// second or so: on two cores requests would wait until the work has ended.
    /// </summary>
    private static void KeepThreadsFree()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, (LoopsAtOnce * Environment.ProcessorCount) + ThreadsForRequests), completions);
    }

    private static async Task<(IPAddress Address, bool IsLoopback)> ListeningAt(string host)
    {
        try
        {
            if (IPAddress.TryParse(host, out var number)) return (number, IPAddress.IsLoopback(number));
            var addresses = await Dns.GetHostAddressesAsync(host);
            return (addresses[0], Array.TrueForAll(addresses, IPAddress.IsLoopback));
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            throw new DmlException("host", "a name or number of this machine", $"\"{host}\"", "127.0.0.1 is for this machine alone", null, error);
        }
    }

    private static Uri Shown(Uri bound, string host) =>
        new UriBuilder("http", IPAddress.TryParse(host, out var number) && number.Equals(IPAddress.Any) ? Dns.GetHostName() : host, bound.Port, "/").Uri;
}
