using Dml.Engine;
using Dml.Engine.Runs;
using Dml.Explorer.Api;
using Dml.Explorer.Jobs;

namespace Dml.Explorer.Views;

/// <summary>The runs that lie beside the open one, and what differs.</summary>
/// <param name="run">The open run.</param>
/// <param name="items">Its items.</param>
/// <param name="errors">Its errors.</param>
/// <param name="jobs">Where runs are compared.</param>
internal sealed class RunsView(Run run, ItemList items, ErrorView errors, JobList jobs)
{
    private readonly Lock _using = new();
    private readonly Dictionary<string, Prepared<CompareAnswer>> _compared = new(StringComparer.Ordinal);

    /// <summary>All of them, by name.</summary>
    public RunsAnswer All() => new(
        [
            .. Siblings().SelectMany(Run.List).Select(Sibling),
        ],
        run.Name);

    /// <summary>This run beside another.</summary>
    /// <param name="request">Which.</param>
    public Task<CompareAnswer> Compare(ApiRequest request)
    {
        var other = request.Text("other") ?? throw new ApiException(400, "other: expected the name of a run beside this one, found none.");
        // Looked up among those that are there, so that no other folder can be named.
        var path = Siblings().FirstOrDefault(s => Path.GetFileName(s) == other)
            ?? throw new ApiException(404, $"other: expected the name of a run beside this one, found \"{other}\"; /api/runs lists them.");
        if (path == run.Path) throw new ApiException(400, $"other: expected another run than the open one, found \"{other}\".");
        Prepared<CompareAnswer>? compared;
        lock (_using)
        {
            if (!_compared.TryGetValue(other, out compared)) _compared[other] = compared = new(jobs, $"compare with {other}", job => With(path, job.Stopping));
        }

        return compared.Get(request.Gone);
    }

    /// <summary>Its errors are those of the view that the explorer shows, where it has two.</summary>
    private static SiblingRun Sibling(RunSummary summary) => RunMetrics.TryRead(new RunFolder(summary.Path).Metrics)?.InfluenceView is { } own
        ? new(summary.Name, summary.Path, summary.Loss, own.RecallAt1, own.WrongItems)
        : new(summary.Name, summary.Path, summary.Loss, summary.Quality?.Recall.GetValueOrDefault(1), summary.Quality?.Wrong);

    private string[] Siblings()
    {
        if (Path.GetDirectoryName(run.Path) is not { } parent) return [run.Path];
        var folders = Directory.EnumerateDirectories(parent, "*", new EnumerationOptions());
        return [.. folders.Where(folder => File.Exists(new RunFolder(folder).Facts)).Order(StringComparer.Ordinal)];
    }

    private CompareAnswer With(string path, CancellationToken cancellationToken)
    {
        _ = errors.Wait(cancellationToken);
        using var other = Run.Open(path, run.Model.Catalog);
        var compared = other.CompareWith(run);
        var indices = run.Model.TestIds.Index().ToDictionary(x => x.Item, x => x.Index, StringComparer.Ordinal);
        var labels = items.Classes(ItemList.Test).GroupBy(c => c.Name).ToDictionary(g => g.Key, g => g.First().Class, StringComparer.Ordinal);
        var interval = compared.GainInterval;
        return new(
            new(1 - (compared.WrongAfter / (double)compared.Items), 1 - (compared.WrongBefore / (double)compared.Items)), compared.Items,
            [.. compared.New.Select(Item)], [.. compared.Cured.Select(Item)], compared.Test.PValue, interval.Low, interval.High,
            [.. compared.Classes.Select(c => new ComparedClass(labels.GetValueOrDefault(c.ClassName, -1), c.ClassName, c.Items, c.WrongAfter, c.WrongBefore))]);

        ApiItem Item(ChangedItem item) => items.Of(ItemList.Test, indices[item.Id]);
    }
}
