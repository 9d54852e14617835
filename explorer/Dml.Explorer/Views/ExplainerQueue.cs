using System.Diagnostics;
using System.Globalization;
using Dml.Engine;
using Dml.Engine.Explaining;
using Dml.Explorer.Jobs;

namespace Dml.Explorer.Views;

/// <summary>
/// An estimator and the errors that wait for it. One thread asks it, since what it prepared is its own, and takes all that wait at once: a hundred errors
/// together cost little more than ten. The latest answers are kept.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="estimator">Name of the estimator.</param>
/// <param name="jobs">Where explaining that takes long is shown and can be stopped.</param>
internal sealed class ExplainerQueue(Model model, string estimator, JobList jobs) : IDisposable
{
    private const int MostTogether = 64;
    private const int MostKept = 128;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private readonly Lock _using = new();
    private readonly Queue<Waiting> _queue = new();
    private readonly Dictionary<string, Waiting> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _kept = new();
    private Explainer? _explainer;
    private Job? _job;
    private int _started;

    /// <summary>Explains, or gives what was explained before.</summary>
    /// <param name="confusion">The error.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    /// <exception cref="PendingException">It is not ready yet.</exception>
    public async Task<CauseScores> Get(Confusion confusion, CancellationToken gone)
    {
        var (scores, job) = Ask(confusion);
        if (scores.IsCompleted) return await scores;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(gone);
        if (await Task.WhenAny(scores, Task.Delay(Patience, patience.Token)) == scores)
        {
            await patience.CancelAsync();
            return await scores;
        }

        gone.ThrowIfCancellationRequested();
        throw new PendingException(job);
    }

    /// <inheritdoc/>
    public void Dispose() => _explainer?.Dispose();

    private (Task<CauseScores> Scores, Job Job) Ask(Confusion confusion)
    {
        lock (_using)
        {
            if (!_known.TryGetValue(confusion.Name, out var waiting))
            {
                _known[confusion.Name] = waiting = new(confusion);
                _queue.Enqueue(waiting);
            }

            // Ends when nothing waits, so that it has a key of its own each time.
            _job ??= jobs.Start(
                "explain", $"explain {estimator} {(++_started).ToString(CultureInfo.InvariantCulture)}", $"explain with {estimator}", trains: false, job =>
                {
                    Work(job);
                    return null;
                });
            return (waiting.Scores.Task, _job);
        }
    }

    private void Work(Job job)
    {
        while (Next() is { Count: > 0 } together)
        {
            try
            {
                job.Stopping.ThrowIfCancellationRequested();
                _explainer ??= model.Explainer(estimator, progress: job, cancellationToken: job.Stopping);
                Explain(together, job);
            }
            catch (OperationCanceledException)
            {
                foreach (var waiting in together) End(waiting, task => task.TrySetCanceled(), keep: false);
            }
            catch (Exception error)
            {
                foreach (var waiting in together) End(waiting, task => task.TrySetException(error), keep: false);
            }
        }
    }

    private List<Waiting> Next()
    {
        lock (_using)
        {
            List<Waiting> together = [];
            while (together.Count < MostTogether && _queue.TryDequeue(out var next)) together.Add(next);
            if (together.Count == 0) _job = null;
            return together;
        }
    }

    private void Explain(IReadOnlyList<Waiting> together, Job job)
    {
        var watch = Stopwatch.StartNew();
        Explanation explanation;
        try
        {
            explanation = _explainer!.Explain([.. together.Select(w => w.Confusion)], job, job.Stopping);
        }
        catch (DmlException) when (together.Count > 1)
        {
            // One that cannot be explained says so alone.
            foreach (var waiting in together) ExplainAlone(waiting, job);
            return;
        }

        using (explanation)
        {
            foreach (var (waiting, target) in together.Zip(explanation.Targets))
            {
                string[] notes = [.. new[] { explanation.Note }.OfType<string>(), .. SolverNotes.Of([target]).Select(note => $"{estimator}: {note}.")];
                var scores = new CauseScores(
                    estimator, explanation.IsSigned, target.Distance, explanation.HarmOf(waiting.Confusion), notes, watch.Elapsed.TotalSeconds);
                End(waiting, task => task.TrySetResult(scores), keep: true);
            }
        }
    }

    private void ExplainAlone(Waiting waiting, Job job)
    {
        try
        {
            Explain([waiting], job);
        }
        catch (DmlException error)
        {
            End(waiting, task => task.TrySetException(error), keep: false);
        }
    }

    private void End(Waiting waiting, Action<TaskCompletionSource<CauseScores>> end, bool keep)
    {
        lock (_using)
        {
            if (keep) _kept.Enqueue(waiting.Confusion.Name);
            else _known.Remove(waiting.Confusion.Name);
            while (_kept.Count > MostKept) _known.Remove(_kept.Dequeue());
        }

        end(waiting.Scores);
    }

    /// <summary>An error that waits for its causes, and then has them.</summary>
    private sealed record Waiting(Confusion Confusion)
    {
        public TaskCompletionSource<CauseScores> Scores { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
