using Dml.Explorer;
using Dml.Explorer.Jobs;

namespace Dml.Tests.Explorer;

public sealed class JobListTests
{
    [Fact]
    public async Task What_runs_is_not_started_twice_and_can_be_stopped()
    {
        using var jobs = Jobs();
        using var first = new ManualResetEventSlim();
        var job = jobs.Start("apply", "same", "work", trains: true, started =>
        {
            first.Set();
            started.Stopping.WaitHandle.WaitOne();
            started.Stopping.ThrowIfCancellationRequested();
            return null;
        });
        first.Wait();
        Assert.Same(job, jobs.Start("apply", "same", "work", trains: true, _ => throw new InvalidOperationException("It must not start.")));
        var waiting = jobs.Start("what-if", "other", "work", trains: true, _ => null);
        await Task.Delay(50);
        Assert.True(waiting.IsRunning);
        job.Stop();
        await Ended(job);
        await Ended(waiting);
        Assert.Equal((JobState.Stopped, JobState.Done), (job.Answer().State, waiting.Answer().State));
        job.Stop();
        Assert.NotSame(job, jobs.Start("apply", "same", "work", trains: true, _ => null));
    }

    [Fact]
    public async Task A_mistake_is_told_in_its_sentence_and_a_defect_goes_to_the_log()
    {
        List<string> log = [];
        using var jobs = Jobs(log);
        var mistake = jobs.Start("apply", "a", "work", trains: true, _ => throw new DmlException("Expected bread, found a stone."));
        var defect = jobs.Start("apply", "b", "work", trains: true, _ => throw new InvalidOperationException("It broke."));
        await Ended(mistake);
        await Ended(defect);
        Assert.Equal((JobState.Failed, "Expected bread, found a stone."), (mistake.Answer().State, mistake.Answer().Error));
        Assert.Contains("It broke.", defect.Answer().Error, StringComparison.Ordinal);
        Assert.Contains("It broke.", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_takes_long_is_made_once_and_told_as_pending_until_then()
    {
        using var jobs = Jobs();
        using var go = new ManualResetEventSlim();
        var made = 0;
        var prepared = new Prepared<string>(jobs, "soup", _ =>
        {
            go.Wait();
            Interlocked.Increment(ref made);
            return "soup";
        });
        var asked = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Assert.ThrowsAsync<PendingException>(() => prepared.Get(CancellationToken.None))));
        Assert.Single(asked.Select(pending => pending.Job.Id).Distinct());
        Assert.Null(prepared.Value);
        go.Set();
        Assert.Equal("soup", prepared.Wait(CancellationToken.None));
        Assert.Equal("soup", await prepared.Get(CancellationToken.None));
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task What_failed_is_made_anew_when_it_is_asked_for_again()
    {
        using var jobs = Jobs();
        var tries = 0;
        var prepared = new Prepared<string>(jobs, "soup", _ => ++tries == 1 ? throw new DmlException("Expected salt, found none.") : "soup");
        await Assert.ThrowsAsync<DmlException>(() => prepared.Get(CancellationToken.None));
        string? soup = null;
        while (soup is null)
        {
            try
            {
                soup = await prepared.Get(CancellationToken.None);
            }
            catch (DmlException)
            {
                // Its job is about to end.
            }
        }

        Assert.Equal("soup", soup);
    }

    private static JobList Jobs(List<string>? log = null) => new(new(), new ExplorerOptions { Log = line => log?.Add(line) });

    private static async Task Ended(Job job)
    {
        while (job.IsRunning) await Task.Delay(5);
    }
}
