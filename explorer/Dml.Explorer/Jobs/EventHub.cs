using System.Text.Json;
using System.Threading.Channels;
using Dml.Explorer.Api;
using Microsoft.AspNetCore.Http;

namespace Dml.Explorer.Jobs;

/// <summary>An event as browsers are sent it.</summary>
/// <param name="Name"><c>decision</c> or <c>job</c>.</param>
/// <param name="Data">JSON in one line.</param>
internal sealed record ExplorerEvent(string Name, string Data)
{
    public static ExplorerEvent Of(DecisionEvent decision) => new("decision", JsonSerializer.Serialize(decision, ApiJson.Default.DecisionEvent));

    public static ExplorerEvent Of(JobAnswer job) => new("job", JsonSerializer.Serialize(job, ApiJson.Default.JobAnswer));
}

/// <summary>Sends events to every window that listens, by server-sent events.</summary>
internal sealed class EventHub
{
    /// <summary>A window that is so far behind is cut off; its browser comes back and asks for the state.</summary>
    private const int MostWaiting = 1000;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly Lock _using = new();
    private readonly List<Channel<ExplorerEvent>> _listeners = [];

    /// <summary>Whether anybody listens.</summary>
    public bool HasListeners
    {
        get
        {
            lock (_using) return _listeners.Count > 0;
        }
    }

    /// <summary>Sends to all.</summary>
    /// <param name="sent">The event.</param>
    public void Send(ExplorerEvent sent)
    {
        lock (_using)
        {
            foreach (var listener in _listeners.Where(listener => !listener.Writer.TryWrite(sent))) listener.Writer.TryComplete();
        }
    }

    /// <summary>Answers a request with the events to come, until the client goes or the server stops.</summary>
    /// <param name="context">The request.</param>
    /// <param name="stopping">Set when the server stops.</param>
    public async Task Listen(HttpContext context, CancellationToken stopping)
    {
        var listener = Channel.CreateBounded<ExplorerEvent>(MostWaiting);
        lock (_using) _listeners.Add(listener);
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            context.Response.ContentType = "text/event-stream";
            await Write(context, ": welcome\n\n", end.Token);
            while (true)
            {
                using var beat = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
                beat.CancelAfter(Heartbeat);
                try
                {
                    if (!await listener.Reader.WaitToReadAsync(beat.Token)) return;
                    while (listener.Reader.TryRead(out var next)) await Write(context, $"event: {next.Name}\ndata: {next.Data}\n\n", end.Token);
                }
                catch (OperationCanceledException) when (!end.IsCancellationRequested)
                {
                    await Write(context, ": here\n\n", end.Token);
                }
            }
        }
        finally
        {
            lock (_using) _listeners.Remove(listener);
        }
    }

    private static async Task Write(HttpContext context, string text, CancellationToken cancellationToken)
    {
        await context.Response.WriteAsync(text, cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
