using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dml.Engine;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;

namespace Dml.Tests.Explorer;

/// <summary>
/// Several processes of <c>dml open</c> on one run, in which people decide as fast as they can, and which are killed by SIGKILL at random moments: nothing
/// that was acknowledged may be lost, and the processes that live on see it. DML_WRITER_TRIALS in the environment asks for more rounds than two.
/// </summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplorerKillTests
{
    private const int Killed = 3;
    private const int Samples = 72;
    private const int Classes = 12;
    private static readonly int Trials = int.Parse(Environment.GetEnvironmentVariable("DML_WRITER_TRIALS") ?? "2", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Killing_a_server_between_and_during_decisions_loses_nothing_that_was_acknowledged_and_others_see_all()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        var seed = Environment.TickCount;
        var expected = new Reviewer.Decision?[Samples];
        var (acknowledged, unanswered) = (0, 0);
        for (var trial = 0; trial < Trials; trial++)
        {
            var servers = await Task.WhenAll(Enumerable.Range(0, Killed + 1).Select(_ => OpenProcess.Start(run, folder.File("cache"))));
            try
            {
                var reviewers = servers.Select((server, i) => new Reviewer(server, i, Killed + 1, new(seed + (trial * 10) + i), expected)).ToList();
                var survivor = reviewers[Killed];
                var random = new Random(seed + trial);
                for (var i = 0; i < Killed; i++)
                {
                    await Task.Delay(random.Next(30, 400));
                    servers[i].Kill();
                    await reviewers[i].Ended;
                    Held(await survivor.Read(), reviewers[i], $"seed {seed}, trial {trial}, server {i}");
                }

                survivor.Stop();
                await survivor.Ended;
                var seen = await survivor.Read();
                foreach (var reviewer in reviewers) Held(seen, reviewer, $"seed {seed}, trial {trial}, at the end");
                acknowledged += reviewers.Sum(r => r.Acknowledged);
                unanswered += reviewers.Count(r => r.Pending is not null);
                foreach (var sample in Enumerable.Range(0, Samples)) expected[sample] = seen.GetValueOrDefault(sample);
                foreach (var reviewer in reviewers) reviewer.Dispose();
            }
            finally
            {
                foreach (var server in servers) server.Dispose();
            }
        }

        // What the file says without any server.
        using var opened = Run.Open(run);
        var last = new ReviewLog(opened).Read();
        foreach (var sample in Enumerable.Range(0, Samples))
        {
            var decision = last.Of(sample) is { } d ? new Reviewer.Decision(d.Action.ToString().ToLowerInvariant(), (int?)d.Label) : null;
            Assert.Equal(expected[sample], decision);
        }

        Assert.True(acknowledged > 10 * Trials, $"Only {acknowledged} decisions were made.");
        TestContext.Current.SendDiagnosticMessage(
            "{0} decisions were acknowledged, {1} were under way when their server was killed.", acknowledged, unanswered);
    }

    /// <summary>Each sample has the last decision that its reviewer was told of, or the one that was under way.</summary>
    private static void Held(Dictionary<int, Reviewer.Decision> seen, Reviewer reviewer, string where)
    {
        foreach (var (sample, decision) in reviewer.Last)
        {
            var found = seen.GetValueOrDefault(sample);
            var underWay = reviewer.Pending is var (at, pending) && at == sample && pending == found;
            Assert.True(found == decision || underWay, $"Sample {sample} is \"{found}\" and not \"{decision}\" ({where}).");
        }
    }

    /// <summary>Decides about samples of its own at one server until that is killed.</summary>
    private sealed class Reviewer : IDisposable
    {
        private readonly HttpClient _client;
        private volatile bool _stopped;

        public Reviewer(OpenProcess server, int first, int step, Random random, Decision?[] before)
        {
            _client = new() { BaseAddress = new(server.Entrance, "/") };
            _client.DefaultRequestHeaders.Add("X-Dml-Token", BrowsedExplorer.Token);
            for (var sample = first; sample < Samples; sample += step) Last[sample] = before[sample];
            Ended = Task.Run(() => Decide(random));
        }

        public Task Ended { get; }

        /// <summary>What each of its samples was last decided to be.</summary>
        public Dictionary<int, Decision?> Last { get; } = [];

        /// <summary>A decision that was sent and not answered.</summary>
        public (int Sample, Decision Decision)? Pending { get; private set; }

        public int Acknowledged { get; private set; }

        public void Stop() => _stopped = true;

        /// <summary>What its server says holds.</summary>
        public async Task<Dictionary<int, Decision>> Read()
        {
            var answer = await _client.GetFromJsonAsync<JsonElement>("/api/decisions");
            return answer.GetProperty("decisions").EnumerateArray().ToDictionary(d => d.GetProperty("sample").GetProperty("index").GetInt32(), Decision.Of);
        }

        public void Dispose() => _client.Dispose();

        private async Task Decide(Random random)
        {
            int[] samples = [.. Last.Keys];
            string[] actions = ["keep", "exclude", "skip"];
            try
            {
                while (!_stopped)
                {
                    var sample = samples[random.Next(samples.Length)];
                    Decision decision = random.Next(2) == 0 ? new("relabel", random.Next(Classes)) : new(actions[random.Next(actions.Length)], null);
                    Pending = (sample, decision);
                    using var response = await _client.PostAsJsonAsync("/api/decisions", new { sample, action = decision.Action, @class = decision.Class });
                    var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
                    Assert.True(response.StatusCode == HttpStatusCode.OK, $"{answer}");
                    (Last[sample], Pending) = (decision, null);
                    Acknowledged++;
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                // Its server was killed.
            }
        }

        public sealed record Decision(string Action, int? Class)
        {
            public static Decision Of(JsonElement decision) => new(
                decision.GetProperty("action").GetString()!,
                decision.TryGetProperty("class", out var label) && label.ValueKind == JsonValueKind.Number ? label.GetInt32() : null);
        }
    }
}
