namespace Dml.Explorer.Jobs;

/// <summary>
/// Something that takes long to make and is made once, when it is first asked for, by a job that can be watched. Who asks waits a moment and is then told
/// that it is pending. What failed or was stopped is made anew when it is asked for again.
/// </summary>
/// <param name="jobs">Where the job runs.</param>
/// <param name="name">What the job says.</param>
/// <param name="make">Makes it.</param>
internal sealed class Prepared<T>(JobList jobs, string name, Func<Job, T> make) where T : class
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private readonly Lock _using = new();
    private TaskCompletionSource<T>? _making;
    private Job? _job;
    private int _attempts;

    /// <summary>What was made; null before.</summary>
    public T? Value => _making?.Task is { IsCompletedSuccessfully: true } made ? made.Result : null;

    /// <summary>Gives it, or starts making it.</summary>
    /// <param name="gone">Set when nobody waits any more.</param>
    /// <exception cref="PendingException">It is not ready yet.</exception>
    public async Task<T> Get(CancellationToken gone)
    {
        var (made, job) = Start();
        if (made.IsCompleted) return await made;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(gone);
        if (await Task.WhenAny(made, Task.Delay(Patience, patience.Token)) == made)
        {
            await patience.CancelAsync();
            return await made;
        }

        gone.ThrowIfCancellationRequested();
        throw new PendingException(job);
    }

    /// <summary>Gives it within a job, which waits as long as it takes.</summary>
    /// <param name="cancellationToken">Stops the waiting, not the making.</param>
    public T Wait(CancellationToken cancellationToken)
    {
        var made = Start().Made;
        Task.WhenAny(made).Wait(cancellationToken);
        return made.GetAwaiter().GetResult();
    }

    private (Task<T> Made, Job Job) Start()
    {
        lock (_using)
        {
            if (_making is { Task: { IsFaulted: false, IsCanceled: false } task } && _job is { } job) return (task, job);
            var making = _making = new(TaskCreationOptions.RunContinuationsAsynchronously);
            // A key of its own each time: the job of an attempt that failed may be about to end.
            _job = jobs.Start("prepare", $"prepare {name} {++_attempts}", name, trains: false, started =>
            {
                try
                {
                    making.SetResult(make(started));
                }
                catch (OperationCanceledException)
                {
                    making.SetCanceled();
                    throw;
                }
                catch (Exception error)
                {
                    making.SetException(error);
                    throw;
                }

                return null;
            });
            return (making.Task, _job);
        }
    }
}
