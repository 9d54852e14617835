using Dml.Engine.Runs;
using Dml.Tests.Support;

namespace Dml.Tests.Runs;

public sealed class RunLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_writes_and_the_next_is_told_who()
    {
        using var held = RunLock.Take(_folder.Path, "`dml one`");
        Assert.Null(held.Warning);
        var error = Assert.Throws<DmlException>(() => RunLock.Take(_folder.Path, "`dml two`"));
        Assert.Matches(
            $@"^Expected {_folder.Path} to be free, found `dml one` \(process {Environment.ProcessId} on {Environment.MachineName}, "
                + @"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\) writing there; wait for it or choose another folder\.$",
            error.Message);
    }

    [Fact]
    public void Released_it_leaves_nothing_and_can_be_taken_again()
    {
        for (var i = 0; i < 3; i++) RunLock.Take(_folder.Path, "`dml one`").Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Those_who_share_it_write_together_and_keep_out_who_does_not()
    {
        using (var first = RunLock.Take(_folder.Path, "`dml part`", shared: true))
        {
            using var second = RunLock.Take(_folder.Path, "`dml part`", shared: true);
            Assert.Contains("`dml part`", Assert.Throws<DmlException>(() => RunLock.Take(_folder.Path, "`dml all`")).Message);
            Assert.EndsWith(" and 1 more", RunLock.Writer(_folder.Path));
        }

        using (RunLock.Take(_folder.Path, "`dml all`"))
        {
            Assert.Contains("`dml all`", Assert.Throws<DmlException>(() => RunLock.Take(_folder.Path, "`dml part`", shared: true)).Message);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_a_killed_holder_left_locks_nothing()
    {
        _folder.Write(RunLock.FileName, $"`dml dead` (process {int.MaxValue} on {Environment.MachineName}, "
                + @"since 2020-01-01 00:00:00 UTC)\n");
        _folder.Write("scores.safetensors.12-0123abcd.partial", "half");
        Assert.Null(RunLock.Writer(_folder.Path));
        using (RunLock.Take(_folder.Path, "`dml next`"))
        {
            Assert.StartsWith("`dml next` ", RunLock.Writer(_folder.Path));
            Assert.Equal([_folder.File(RunLock.FileName)], Directory.GetFiles(_folder.Path));
        }
    }

    [Fact]
    public void Those_who_share_it_leave_each_others_temporary_files()
    {
        using var first = RunLock.Take(_folder.Path, "`dml part`", shared: true);
        _folder.Write("harm.12-0123abcd.partial", "half");
        using var second = RunLock.Take(_folder.Path, "`dml part`", shared: true);
        Assert.True(File.Exists(_folder.File("harm.12-0123abcd.partial")));
    }

    [Fact]
    public void A_folder_made_for_nothing_goes_again()
    {
        RunLock.Take(_folder.File("a/b/c"), "`dml one`").Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        using (RunLock.Take(_folder.File("a/b/c"), "`dml one`")) _folder.Write("a/b/x", "");
        Assert.Equal([_folder.File("a/b/x")], Directory.GetFileSystemEntries(_folder.File("a/b")));
    }

    [Fact]
    public void It_goes_with_its_folder()
    {
        using (var held = RunLock.Take(_folder.File("run.partial"), "`dml one`"))
        {
            Directory.Move(_folder.File("run.partial"), _folder.File("run"));
            held.MovedTo(_folder.File("run"));
            Assert.Throws<DmlException>(() => RunLock.Take(_folder.File("run"), "`dml two`"));
            _folder.Write("run/x", "");
        }

        Assert.Equal([_folder.File("run/x")], Directory.GetFileSystemEntries(_folder.File("run")));
    }

    [Fact]
    public void Whoever_wrote_the_line_says_it_in_one_line()
    {
        using var held = RunLock.Take(_folder.Path, "\u001b[31m" + new string('x', 10_000));
        var message = Assert.Throws<DmlException>(() => RunLock.Take(_folder.Path, "`dml two`")).Message;
        Assert.DoesNotContain('\u001b', message);
        Assert.True(message.Length < 600, message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task However_many_come_and_go_no_two_hold_it_together(bool withSharers)
    {
        const int Writers = 3, Sharers = 3, Turns = 20;
        var (inside, most, writing) = (0, 0, Writers);
        // Whoever holds it may be off the processor for longer than many tries of the others: each goes on until it had its turns.
        var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(2);
        var writers = Enumerable.Range(0, Writers).Select(_ => Task.Run(() =>
        {
            for (var turns = 0; turns < Turns && DateTime.UtcNow < deadline;)
            {
                if (TryTake(shared: false) is not { } mine) continue;
                using (mine)
                {
                    InterlockedMax(Interlocked.Increment(ref inside));
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                }

                turns++;
            }

            Interlocked.Decrement(ref writing);
        }));
        var sharers = Enumerable.Range(0, withSharers ? Sharers : 0).Select(_ => Task.Run(() =>
        {
            while (Volatile.Read(ref writing) > 0)
            {
                TryTake(shared: true)?.Dispose();
                Thread.Yield();
            }
        }));
        await Task.WhenAll([.. writers, .. sharers]);
        Assert.True(DateTime.UtcNow < deadline, "Somebody never had all turns.");
        Assert.Equal(1, most);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));

        RunLock? TryTake(bool shared)
        {
            try
            {
                return RunLock.Take(_folder.File("out"), "`dml one`", shared);
            }
            catch (DmlException error) when (error.Message.Contains(" writing there; ", StringComparison.Ordinal))
            {
                return null;
            }
        }

        void InterlockedMax(int value)
        {
            while (Volatile.Read(ref most) is var before && before < value && Interlocked.CompareExchange(ref most, value, before) != before) { }
        }
    }
}
