using Dml.Engine;
using Dml.Tests.EndToEnd;

namespace Dml.Tests.Reviews;

[Collection(CommandLineCollection.Name)]
public sealed class ReviewLogTests : IClassFixture<TinyRun>, IDisposable
{
    private readonly Run _run;
    private readonly string _file;

    public ReviewLogTests(TinyRun tiny)
    {
        _run = Run.Open(tiny.Path);
        _file = Path.Combine(tiny.Path, ReviewLog.FileName);
        File.Delete(_file);
    }

    [Fact]
    public void The_latest_decision_about_a_sample_holds_and_undoing_brings_back_the_one_before()
    {
        var log = new ReviewLog(_run);
        Assert.Empty(log.Read().Decisions);
        Assert.Null(log.Undo());
        Assert.False(File.Exists(_file) && new FileInfo(_file).Length > 0);
        log.Add(3, ReviewAction.Relabel, 5);
        log.Add(4, ReviewAction.Exclude);
        log.Add(3, ReviewAction.Keep);
        Assert.Equal([(4, ReviewAction.Exclude), (3, ReviewAction.Keep)], log.Read().Decisions.Select(d => (d.Index, d.Action)));
        Assert.Empty(log.Read().Edits.Relabels);
        Assert.Equal([4], log.Read().Edits.Excluded);
        Assert.Equal(ReviewAction.Keep, log.Undo()!.Action);
        Assert.Equal([new Relabel(3, 5)], log.Read().Edits.Relabels);
        Assert.Equal((ReviewAction.Exclude, ReviewAction.Relabel), (log.Undo()!.Action, log.Undo()!.Action));
        Assert.Null(log.Undo());
        log.Add(6, ReviewAction.Accept, 1);
        var state = new ReviewLog(_run).Read();
        Assert.Equal((7L, 1), (state.Last, state.Decisions.Count));
        Assert.Equal((_run.Model.TrainingIds[6], _run.Model.ClassName(1)), (state.Of(6)!.Id, state.Of(6)!.ClassName));
        Assert.Null(state.Of(3));
        Assert.Equal(7, File.ReadAllLines(_file).Length);
    }

    [Fact]
    public void A_file_that_was_cut_at_any_byte_keeps_its_whole_lines_and_goes_on()
    {
        var log = new ReviewLog(_run);
        for (var i = 0; i < 4; i++) log.Add(i, i % 2 == 0 ? ReviewAction.Keep : ReviewAction.Exclude);
        log.Undo();
        var whole = File.ReadAllBytes(_file);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(_file, whole[..length]);
            var lines = whole[..length].Count(b => b == '\n');
            var cut = new ReviewLog(_run);
            Assert.Equal(lines, cut.Read().Last);
            Assert.Equal(Math.Min(lines, 4) - (lines == 5 ? 1 : 0), cut.Read().Decisions.Count);
            Assert.Equal(lines + 1, cut.Add(9, ReviewAction.Skip).Number);
            Assert.Equal(lines + 1, new ReviewLog(_run).Read().Last);
            Assert.Equal(lines + 1, File.ReadAllLines(_file).Length);
        }
    }

    [Fact]
    public async Task Two_writers_lose_nothing_and_see_each_other()
    {
        const int Each = 40;
        ReviewLog[] logs = [new(_run), new(_run)];
        await Task.WhenAll(logs.Select((log, writer) => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++) log.Add((2 * (i % 30)) + writer, ReviewAction.Keep);
        })));
        Assert.All(logs, log => Assert.Equal(2 * Each, log.Read().Last));
        Assert.Equal(60, logs[0].Read().Decisions.Count);
        Assert.Equal(2 * Each, logs[1].Read().Decisions.Max(d => d.Number));
    }

    [Fact]
    public void A_file_that_is_no_review_is_told_with_its_line()
    {
        File.WriteAllText(_file, "{\"number\":1,\"time\":\"2026-01-01T00:00:00Z\",\"id\":\"x\",\"action\":\"keep\"}\nnonsense\n");
        var refusal = Assert.Throws<DmlException>(() => new ReviewLog(_run).Read());
        Assert.Contains($"{_file}:2: expected a decision, one JSON object, found \"nonsense\"", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decisions_about_samples_that_are_gone_are_passed_over()
    {
        File.WriteAllText(_file, "{\"number\":1,\"time\":\"2026-01-01T00:00:00Z\",\"id\":\"nobody\",\"action\":\"keep\"}\n");
        var log = new ReviewLog(_run);
        Assert.Equal((1L, 0), (log.Read().Last, log.Read().Decisions.Count));
        Assert.Equal(2, log.Add(0, ReviewAction.Keep).Number);
    }

    public void Dispose() => _run.Dispose();
}
