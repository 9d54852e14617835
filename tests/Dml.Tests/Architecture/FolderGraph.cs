namespace Dml.Tests.Architecture;

/// <summary>Which folders use which, one level deep; files that lie in no folder are the folder <c>.</c>.</summary>
/// <param name="uses">Uses of files by files.</param>
internal sealed class FolderGraph(IEnumerable<Use> uses)
{
    private readonly SortedDictionary<string, SortedDictionary<string, Use>> _uses = Gather(uses);

    /// <summary>The folder of a file.</summary>
    public static string Folder(string file) => file.Contains('/', StringComparison.Ordinal) ? file[..file.IndexOf('/', StringComparison.Ordinal)] : ".";

    /// <summary>The shortest circle through each folder that is in one, as text with the two files of every step.</summary>
    public IReadOnlyList<string> Circles() =>
        [.. _uses.Keys.Select(WayBack).OfType<IReadOnlyList<string>>().DistinctBy(way => string.Join(' ', way.Order(StringComparer.Ordinal))).Select(Describe)];

    /// <summary>Uses that go up an order, ground floor first, and folders that have no place in it.</summary>
    public IReadOnlyList<string> Upward(IReadOnlyList<string> order)
    {
        var places = order.Index().ToDictionary(x => x.Item, x => x.Index);
        return
        [
            .. _uses.Keys.Concat(_uses.Values.SelectMany(to => to.Keys)).Distinct()
                .Where(folder => !places.ContainsKey(folder)).Select(folder => $"{folder} has no place in the order"),
            .. from step in _uses
               from to in step.Value
               where places.TryGetValue(step.Key, out var lower) && places.TryGetValue(to.Key, out var upper) && upper > lower
               select Describe(to.Value),
        ];
    }

    private static SortedDictionary<string, SortedDictionary<string, Use>> Gather(IEnumerable<Use> uses)
    {
        var result = new SortedDictionary<string, SortedDictionary<string, Use>>(StringComparer.Ordinal);
        foreach (var use in uses)
        {
            var (from, to) = (Folder(use.From), Folder(use.To));
            if (from == to) continue;
            if (!result.TryGetValue(from, out var targets)) result[from] = targets = new(StringComparer.Ordinal);
            targets.TryAdd(to, use);
        }

        return result;
    }

    private List<string>? WayBack(string start)
    {
        var came = new Dictionary<string, string>();
        var waiting = new Queue<string>([start]);
        while (waiting.TryDequeue(out var folder))
        {
            foreach (var next in _uses.TryGetValue(folder, out var targets) ? targets.Keys.AsEnumerable() : [])
            {
                if (!came.TryAdd(next, folder)) continue;
                if (next != start)
                {
                    waiting.Enqueue(next);
                    continue;
                }

                var way = new List<string> { folder };
                while (way[^1] != start) way.Add(came[way[^1]]);
                way.Reverse();
                return way;
            }
        }

        return null;
    }

    private string Describe(IReadOnlyList<string> way) =>
        string.Join("; ", way.Select((folder, i) => Describe(_uses[folder][way[(i + 1) % way.Count]])));

    private static string Describe(Use use) => $"{Folder(use.From)} -> {Folder(use.To)}: {use.From} uses {use.To}";
}
