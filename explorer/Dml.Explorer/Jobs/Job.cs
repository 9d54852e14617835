using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Explorer.Api;

namespace Dml.Explorer.Jobs;

/// <summary>How far a job is.</summary>
internal enum JobState
{
    [JsonStringEnumMemberName("running")]
    Running,

    [JsonStringEnumMemberName("done")]
    Done,

    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("stopped")]
    Stopped,
}

/// <summary>Long work: its progress, its outcome, and the means to stop it.</summary>
/// <param name="id">Its id.</param>
/// <param name="kind">What it does: <c>what-if</c>, <c>apply</c>, <c>prepare</c>.</param>
/// <param name="key">Two jobs with one key do the same.</param>
/// <param name="says">What it does, for a person.</param>
/// <param name="isAnnounced">Whether windows are told of it from the beginning, and not only once somebody waits for it.</param>
/// <param name="changed">Called whenever windows are to be told.</param>
internal sealed class Job(string id, string kind, string key, string says, bool isAnnounced, Action<Job> changed) : IProgress<ProgressReport>, IDisposable
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(100);

    private readonly Lock _using = new();
    private readonly CancellationTokenSource _stopping = new();
    private JobState _state = JobState.Running;
    private double? _progress;
    private string _says = says;
    private JsonElement? _result;
    private string? _error;
    private long _reported;
    private volatile bool _isAnnounced = isAnnounced;

    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>Two jobs with one key do the same.</summary>
    public string Key => key;

    /// <summary>What it does just now.</summary>
    public string Says
    {
        get
        {
            lock (_using) return _says;
        }
    }

    /// <summary>Whether it is still at work.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_using) return _state == JobState.Running;
        }
    }

    /// <summary>Set when it is to stop.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>As the API shows it.</summary>
    public JobAnswer Answer()
    {
        lock (_using) return new(id, kind, _state, _progress, _says, _result, _error);
    }

    /// <summary>Asks it to stop; nothing happens once it has ended.</summary>
    public void Stop()
    {
        if (IsRunning) _stopping.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    public void Report(ProgressReport value)
    {
        lock (_using)
        {
            if (_state != JobState.Running) return;
            _says = value.Detail.Length == 0 ? value.Stage : $"{value.Stage}: {value.Detail}";
            _progress = value.Total > 0 ? (double)value.Done / value.Total : null;
            var now = Environment.TickCount64;
            if (now - _reported < BetweenReports.TotalMilliseconds) return;
            _reported = now;
        }

        Tell();
    }

    /// <summary>It has ended.</summary>
    /// <param name="state">How.</param>
    /// <param name="result">What came out; null where nothing did.</param>
    /// <param name="error">What went wrong, one sentence; null where nothing did.</param>
    public void End(JobState state, JsonElement? result, string? error)
    {
        lock (_using) (_state, _progress, _result, _error) = (state, state == JobState.Done ? 1 : _progress, result, error);
        Tell();
    }

    /// <summary>Somebody waits for it: from now on windows are told how it goes.</summary>
    public void Announce()
    {
        if (_isAnnounced) return;
        _isAnnounced = true;
        Tell();
    }

    private void Tell()
    {
        if (_isAnnounced) changed(this);
    }
}
