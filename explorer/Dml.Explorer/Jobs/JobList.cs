using System.Globalization;
using System.Text.Json;

namespace Dml.Explorer.Jobs;

/// <summary>
/// The jobs of a server. What is asked for twice while it runs is done once. Jobs that train run one after another: they share torch's generator.
/// </summary>
/// <param name="events">Receives what changes.</param>
/// <param name="options">Names of options, and where defects are told.</param>
internal sealed class JobList(EventHub events, ExplorerOptions options) : IDisposable
{
    private const int MostKept = 200;

    private readonly Lock _using = new();
    private readonly SemaphoreSlim _training = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly List<Job> _jobs = [];
    private readonly List<Task> _running = [];
    private int _last;

    /// <summary>A job by its id; null where there is none.</summary>
    public Job? Of(string id)
    {
        lock (_using) return _jobs.FirstOrDefault(job => job.Id == id);
    }

    /// <summary>Starts a job, unless one that does the same is running.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="key">Two jobs with one key do the same.</param>
    /// <param name="says">What it does, for a person.</param>
    /// <param name="trains">
    /// Whether it was asked for by a person and waits for other jobs that train; else it prepares something, which is told once it takes long.
    /// </param>
    /// <param name="work">The work; gives what the API shows, or null.</param>
    public Job Start(string kind, string key, string says, bool trains, Func<Job, JsonElement?> work)
    {
        lock (_using)
        {
            if (_jobs.FirstOrDefault(job => job.Key == key && job.IsRunning) is { } same) return same;
            var made = new Job((++_last).ToString(CultureInfo.InvariantCulture), kind, key, says, trains, job => events.Send(ExplorerEvent.Of(job.Answer())));
            _jobs.Add(made);
            if (_jobs.Count > MostKept && _jobs.FindIndex(job => !job.IsRunning) is var old and >= 0) Forget(old);
            _running.RemoveAll(task => task.IsCompleted);
            // A thread of its own: it works for seconds or minutes, which the pool's threads are not for.
            _running.Add(Task.Factory.StartNew(() => Run(made, trains, work), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            return made;
        }
    }

    /// <summary>Stops all jobs and waits for them.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        Task[] running;
        lock (_using) running = [.. _running];
        Task.WaitAll(running);
        while (_jobs.Count > 0) Forget(0);
        _training.Dispose();
        _closing.Dispose();
    }

    private void Forget(int index)
    {
        _jobs[index].Dispose();
        _jobs.RemoveAt(index);
    }

    private void Run(Job job, bool trains, Func<Job, JsonElement?> work)
    {
        using var closing = _closing.Token.Register(job.Stop);
        var holds = false;
        try
        {
            if (trains)
            {
                _training.Wait(job.Stopping);
                holds = true;
            }

            job.End(JobState.Done, work(job), null);
        }
        catch (OperationCanceledException) when (job.Stopping.IsCancellationRequested)
        {
            job.End(JobState.Stopped, null, null);
        }
        catch (DmlException mistake)
        {
            job.End(JobState.Failed, null, options.Mentions is { } name ? mistake.ToSentence(name) : mistake.Message);
        }
        catch (Exception defect)
        {
            (options.Log ?? Console.Error.WriteLine)($"This is a defect of the explorer, please report it: {defect}");
            job.End(JobState.Failed, null, $"This is a defect of the explorer, please report it: {defect.Message}");
        }
        finally
        {
            if (holds) _training.Release();
        }
    }
}
