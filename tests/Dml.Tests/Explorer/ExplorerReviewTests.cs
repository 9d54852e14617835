using System.Net;
using System.Text.Json;
using Dml.Engine;
using Dml.Engine.Data;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;

namespace Dml.Tests.Explorer;

/// <summary>Reviewing by the API: suspects, decisions, two windows, applying.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplorerReviewTests(OpenExplorer explorer) : IClassFixture<OpenExplorer>
{
    [Fact]
    public async Task Suspects_are_those_of_the_engine_with_the_samples_that_speak_for_both_labels()
    {
        Forget();
        var page = await explorer.Get("/api/suspects?least=0&state=all&limit=500");
        var expected = explorer.Model.Suspects();
        Assert.Equal(72, page.GetProperty("total").GetInt32());
        var entries = page.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(expected.Select(s => s.Index), entries.Select(Index));
        foreach (var (suspect, entry) in expected.Zip(entries))
        {
            Assert.Equal(1 / (1 + Math.Exp(-suspect.Suspicion)), entry.GetProperty("score").GetDouble(), 1e-12);
            Assert.All(entry.GetProperty("neighboursOfLabel").EnumerateArray(), n => Assert.Equal(suspect.Label, n.GetProperty("class").GetInt32()));
            if (suspect.SuggestedLabel == suspect.Label) continue;
            Assert.Equal(suspect.SuggestedLabel, entry.GetProperty("suggested").GetInt32());
            var speaking = entry.GetProperty("neighboursOfSuggested").EnumerateArray();
            Assert.All(speaking, n => Assert.Equal(suspect.SuggestedLabel, n.GetProperty("class").GetInt32()));
        }

        // The nearest of its own class, by a plain search.
        var first = expected[0];
        var near = explorer.Model.Retrieve(first.Id, 72, Split.Training).Neighbours.Where(n => n.Label == first.Label).Take(6);
        Assert.Equal(
            near.Select(n => n.Index), entries[0].GetProperty("neighboursOfLabel").EnumerateArray().Select(n => n.GetProperty("index").GetInt32()));
    }

    [Fact]
    public async Task Decisions_are_kept_told_to_other_windows_and_undone()
    {
        Forget();
        using var window = new EventWindow(explorer);
        await window.Listening;
        var suspect = explorer.Model.Suspects().First(s => s.SuggestedLabel != s.Label);
        var made = await explorer.Post("/api/decisions", $$"""{"sample": {{suspect.Index}}, "action": "accept"}""");
        Assert.Equal(suspect.SuggestedLabel, made.GetProperty("class").GetInt32());
        var told = await window.DecisionAbout(suspect.Index);
        Assert.Equal((suspect.Index, "accept"), (told.GetProperty("sample").GetInt32(), told.GetProperty("decision").GetProperty("action").GetString()));
        Assert.Equal(1, told.GetProperty("relabels").GetInt32());

        // Another process writes into the same file.
        new ReviewLog(explorer.Run).Add(5, ReviewAction.Exclude);
        told = await window.DecisionAbout(5);
        Assert.Equal((5, "exclude"), (told.GetProperty("sample").GetInt32(), told.GetProperty("decision").GetProperty("action").GetString()));
        var all = await explorer.Get("/api/decisions");
        Assert.Equal((1, 1), (all.GetProperty("relabels").GetInt32(), all.GetProperty("excludes").GetInt32()));
        Assert.Equal(
            [suspect.Index, 5], all.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("sample").GetProperty("index").GetInt32()));
        var decided = await explorer.Get("/api/suspects?least=0&state=decided");
        Assert.Equal(2, decided.GetProperty("total").GetInt32());
        Assert.Equal(70, (await explorer.Get("/api/suspects?least=0&state=open")).GetProperty("open").GetInt32());

        Assert.Equal("exclude", (await explorer.Post("/api/decisions/undo", "{}")).GetProperty("action").GetString());
        Assert.Equal(JsonValueKind.Null, (await window.DecisionAbout(5)).GetProperty("decision").ValueKind);
        Assert.Equal("accept", (await explorer.Post("/api/decisions/undo", "{}")).GetProperty("action").GetString());
        Assert.Contains(
            "to undo", (await explorer.Post("/api/decisions/undo", "{}", HttpStatusCode.Conflict)).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Applying_writes_files_that_trainings_take_and_judges_them()
    {
        Forget();
        Assert.Contains(
            "none; accept", (await explorer.Post("/api/apply", "{}", HttpStatusCode.Conflict)).GetProperty("error").GetString(), StringComparison.Ordinal);
        await explorer.Post("/api/decisions", """{"sample": 3, "action": "relabel", "class": 7}""");
        await explorer.Post("/api/decisions", """{"sample": 10, "action": "exclude"}""");
        await explorer.Post("/api/decisions", """{"sample": 11, "action": "keep"}""");
        await explorer.Post("/api/decisions", """{"sample": 12, "action": "skip"}""");
        var result = await explorer.Result(await explorer.Post("/api/apply", "{}"));
        Assert.Equal((1, 1), (result.GetProperty("relabels").GetInt32(), result.GetProperty("excludes").GetInt32()));
        var (ids, names) = (explorer.Model.TrainingIds, explorer.Run.ClassNames);
        int[] labels = [.. explorer.Model.TrainingLabels.Select(l => (int)l)];
        Assert.Equal(1, Relabels.Apply(Path.Combine(explorer.Run.Path, "relabels.csv"), ids, labels, names, 12));
        Assert.Equal(7, labels[3]);
        Assert.EndsWith(",,\n", File.ReadAllText(Path.Combine(explorer.Run.Path, "excludes.csv")), StringComparison.Ordinal); // A person voted, no neighbours.
        Assert.Equal([10], Excludes.Read(Path.Combine(explorer.Run.Path, "excludes.csv"), ids));
        var expected = explorer.Model.Judge(new([new(3, 7)], [10]), new() { Repeats = 2 });
        Assert.Equal(
            [expected.Gain.Before, expected.Gain.After, expected.Gain.Low, expected.Gain.High, expected.Queries],
            new[] { "before", "after", "low", "high", "judged" }.Select(name => result.GetProperty(name).GetDouble()));
        Assert.Equal(expected.Sentence, result.GetProperty("says").GetString());
        Assert.Equal(0, DmlCommand.Run("check", explorer.Run.Path).ExitCode);
    }

    [Theory]
    [InlineData("""{"sample": 72, "action": "keep"}""", HttpStatusCode.NotFound, "0 to 71, found 72")]
    [InlineData("""{"sample": 0, "action": "dance"}""", HttpStatusCode.BadRequest, "accept, relabel, keep, exclude or skip")]
    [InlineData("""{"sample": 0, "action": "relabel"}""", HttpStatusCode.BadRequest, "a training class as the new label with relabel")]
    [InlineData("""{"sample": 0, "action": "relabel", "class": 12}""", HttpStatusCode.BadRequest, "from 0 to 11")]
    [InlineData("""{"sample": 0, "action": "keep", "class": 1}""", HttpStatusCode.BadRequest, "no label with keep")]
    public async Task A_decision_that_makes_no_sense_is_refused_and_not_written(string body, HttpStatusCode status, string says)
    {
        Forget();
        Assert.Contains(says, (await explorer.Post("/api/decisions", body, status)).GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Log));
    }

    [Fact]
    public async Task A_review_goes_on_where_a_killed_server_left_it()
    {
        using var folder = new TemporaryFolder();
        using var run = Run.Open(explorer.Copy(folder));
        var log = Path.Combine(run.Path, ReviewLog.FileName);
        File.Delete(log);
        new ReviewLog(run).Add(4, ReviewAction.Keep);
        File.AppendAllText(log, "{\"number\":2,\"ti");
        await using var server = await explorer.Start(run);
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Add("X-Dml-Token", OpenExplorer.Token);
        using var kept = JsonDocument.Parse(await client.GetStringAsync("/api/decisions"));
        Assert.Equal(1, kept.RootElement.GetProperty("decisions").GetArrayLength());
    }

    private string Log => Path.Combine(explorer.Run.Path, ReviewLog.FileName);

    private void Forget() => File.Delete(Log);

    private static int Index(JsonElement entry) => entry.GetProperty("sample").GetProperty("index").GetInt32();

    /// <summary>A second window, which listens to server-sent events.</summary>
    private sealed class EventWindow : IDisposable
    {
        private readonly CancellationTokenSource _closing = new(TimeSpan.FromMinutes(1));
        private readonly System.Threading.Channels.Channel<(string Name, JsonElement Data)> _events =
            System.Threading.Channels.Channel.CreateUnbounded<(string, JsonElement)>();
        private readonly TaskCompletionSource _listening = new();
        private readonly Task _reading;

        public EventWindow(OpenExplorer explorer) => _reading = Read(explorer);

        public Task Listening => _listening.Task;

        /// <summary>The next event of a sample's decision; others may be of what earlier tests took away.</summary>
        public async Task<JsonElement> DecisionAbout(int sample)
        {
            while (true)
            {
                var (name, data) = await _events.Reader.ReadAsync(_closing.Token);
                if (name == "decision" && data.GetProperty("sample").GetInt32() == sample) return data;
            }
        }

        public void Dispose()
        {
            _closing.Cancel();
            _reading.Wait();
            _closing.Dispose();
        }

        private async Task Read(OpenExplorer explorer)
        {
            try
            {
                using var response = await explorer.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, _closing.Token);
                Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_closing.Token));
                var name = "";
                while (await reader.ReadLineAsync(_closing.Token) is { } line)
                {
                    _listening.TrySetResult();
                    if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
                    if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                    _events.Writer.TryWrite((name, JsonSerializer.Deserialize<JsonElement>(line[6..])));
                }
            }
            catch (OperationCanceledException)
            {
                // Closed.
            }
        }
    }
}
