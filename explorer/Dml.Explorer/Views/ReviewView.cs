using Dml.Engine;
using Dml.Explorer.Api;
using Dml.Explorer.Jobs;

namespace Dml.Explorer.Views;

/// <summary>The decisions about training samples: kept in the run's log, told to every window, whichever process they were made in.</summary>
internal sealed class ReviewView : IAsyncDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(300);

    private readonly ItemList _items;
    private readonly EventHub _events;
    private readonly ReviewLog _log;
    private readonly Lock _telling = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _watching;
    private ReviewState _told;

    /// <param name="run">The run.</param>
    /// <param name="items">Its items.</param>
    /// <param name="events">Everybody who listens.</param>
    public ReviewView(Run run, ItemList items, EventHub events)
    {
        (_items, _events, _log) = (items, events, new(run));
        _told = _log.Read();
        _watching = Watch();
    }

    /// <summary>What holds now.</summary>
    public ReviewState Read() => _log.Read();

    /// <summary>All decisions.</summary>
    public DecisionsAnswer All()
    {
        var state = _log.Read();
        return new([.. state.Decisions.Select(Shown)], state.Edits.Relabels.Count, state.Edits.Excluded.Count);
    }

    /// <summary>Writes a decision down; it is on the disk when this returns.</summary>
    /// <param name="sample">Training index.</param>
    /// <param name="action">What is decided.</param>
    /// <param name="label">The new label where the action names one.</param>
    public ApiDecision Add(int sample, ReviewAction action, long? label)
    {
        var decision = _log.Add(sample, action, label);
        Tell();
        return Shown(decision);
    }

    /// <summary>Undoes the latest decision.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public ApiDecision Undo()
    {
        var undone = _log.Undo() ?? throw new ApiException(409, "Expected a decision to undo, found none that holds.");
        Tell();
        return Shown(undone);
    }

    /// <summary>A decision as the API shows it.</summary>
    /// <param name="decision">The decision.</param>
    public ApiDecision Shown(ReviewDecision decision) => new(
        decision.Number, _items.Of(ItemList.Train, decision.Index), ActionNames.Of(decision.Action), (int?)decision.Label, decision.ClassName, decision.Time);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _watching;
        _closing.Dispose();
    }

    /// <summary>Tells all windows what has changed since they were told last.</summary>
    private void Tell()
    {
        lock (_telling)
        {
            var state = _log.Read();
            if (state.Last == _told.Last) return;
            var changed = state.Decisions.Concat(_told.Decisions).Select(d => d.Index).Distinct().Where(i => state.Of(i) != _told.Of(i));
            foreach (var sample in changed)
            {
                _events.Send(ExplorerEvent.Of(new DecisionEvent(
                    sample, state.Of(sample) is { } decision ? Shown(decision) : null, state.Edits.Relabels.Count, state.Edits.Excluded.Count)));
            }

            _told = state;
        }
    }

    /// <summary>Looks for decisions of other processes.</summary>
    private async Task Watch()
    {
        using var timer = new PeriodicTimer(BetweenLooks);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                if (!_events.HasListeners) continue;
                try
                {
                    Tell();
                }
                catch (DmlException)
                {
                    // Whoever asks for the decisions is told what is wrong with the file.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}

/// <summary>Actions as the API names them.</summary>
internal static class ActionNames
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<ReviewAction>().Select(Of)];

    /// <summary>The name of an action.</summary>
    public static string Of(ReviewAction action) => action.ToString().ToLowerInvariant();

    /// <summary>The action of a name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ApiException">There is none.</exception>
    public static ReviewAction Parse(string name) => All.Contains(name) ? Enum.Parse<ReviewAction>(name, ignoreCase: true)
        : throw new ApiException(400, $"action: expected {string.Join(", ", All.SkipLast(1))} or {All[^1]}, found \"{name}\".");
}
