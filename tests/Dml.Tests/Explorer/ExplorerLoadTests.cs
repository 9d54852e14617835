using System.Diagnostics;
using System.Net;
using Dml.Numerics;
using Dml.Tests.EndToEnd;

namespace Dml.Tests.Explorer;

/// <summary>Many requests at once, and many one after another.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplorerLoadTests(OpenExplorer explorer) : IClassFixture<OpenExplorer>
{
    private const int AtOnce = 200;
    private const int Requests = 10_000;
    private const int Together = 20;
    private const int Loops = 8;

    [Fact]
    public async Task Two_hundred_requests_for_images_and_causes_at_once_are_all_answered()
    {
        _ = await explorer.Get("/api/errors");
        int[] wrong = [.. explorer.Model.Confusions.Pairs().Select(c => c.Pairs[0].Anchor)];
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => Answered(i % 2 == 0 ? Causes(i / 2) : Image(i))));
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));

        string Causes(int i) => $"/api/errors/{wrong[i % wrong.Length]}/causes?top=5";

        static string Image(int i) => $"/api/images/{(i % 4 == 1 ? "train" : "test")}/{i / 2 % 48}?size={64 + i}";
    }

    [Fact]
    public async Task While_loops_take_all_cores_requests_are_answered()
    {
        await Answered("/api/decisions");
        ThreadPool.GetMinThreads(out var ready, out _);
        Assert.InRange(ready, Loops + Environment.ProcessorCount, int.MaxValue);
        var loops = Enumerable.Range(0, Loops).Select(_ => Task.Factory.StartNew(
            () => Parallel.For(0, 4 * Environment.ProcessorCount, AllCores.Loop, _ => Thread.Sleep(1000)), TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        await Task.Delay(200, TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 10; i++) await Answered("/api/decisions");
        var waited = watch.Elapsed;
        Assert.False(Task.WhenAll(loops).IsCompleted, "the loops have ended too soon");
        Assert.InRange(waited.TotalSeconds, 0, 1);
        await Task.WhenAll(loops);
    }

    [Fact]
    public async Task Ten_thousand_requests_leave_no_handles_behind()
    {
        var wrong = explorer.Model.Confusions.Pairs()[0].Pairs[0].Anchor;
        string[] addresses =
        [
            "/api/errors?limit=2", "/api/images/test/1", "/api/images/train/2?size=100", $"/api/errors/{wrong}/causes?top=2", "/api/decisions",
            "/api/nothing",
        ];
        foreach (var address in addresses) await Answered(address);
        await Ask(Requests / 10);
        var before = Handles();
        await Ask(Requests);
        Assert.InRange(Handles() - before, int.MinValue, Together);

        Task Ask(int count) => Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Together },
            async (i, _) => await Answered(addresses[i % addresses.Length]));
    }

    private async Task<HttpStatusCode> Answered(string address)
    {
        while (true)
        {
            using var response = await explorer.Client.GetAsync(address);
            _ = await response.Content.ReadAsByteArrayAsync();
            if (response.StatusCode != HttpStatusCode.Accepted) return response.StatusCode;
            await Task.Delay(50);
        }
    }

    private static int Handles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
