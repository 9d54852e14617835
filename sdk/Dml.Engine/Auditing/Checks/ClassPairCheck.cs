using System.Globalization;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of class pairs.</summary>
[Options]
internal sealed record ClassPairOptions
{
    /// <summary>Neighbours of each sample within both classes.</summary>
    [Range(1, 100)]
    public int Neighbours { get; init; } = 3;

    /// <summary>Random labellings that a pair is compared with.</summary>
    [Range(19, 100000)]
    public int Permutations { get; init; } = 999;

    /// <summary>Probability, by random labels, of neighbours as unmixed as a pair's below which the pair is two classes.</summary>
    [Range(0, 1)]
    public double Significance { get; init; } = 0.01;

    /// <summary>Classes with fewer samples say too little.</summary>
    [Range(2, 1000)]
    public int LeastSize { get; init; } = 5;
}

/// <summary>
/// Pairs of classes whose samples lie among each other as if their labels were drawn at random (<see cref="InterleavingTest"/>): perhaps one class with two
/// names. Tested are pairs each of which has neighbours in the other. The value is the share of neighbours of the other class over that by chance.
/// </summary>
internal sealed class ClassPairCheck() : AuditCheck<ClassPairOptions>(
    "pairs", 300, "Classes that may be one", "Pairs of classes whose samples interleave.", ClassPairOptionsBinder.Schema, ClassPairOptionsBinder.Bind)
{
    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, ClassPairOptions options)
    {
        Split[] splits = [.. new[] { Split.Training, Split.Test }.Where(split => context.Count(split) > options.Neighbours && context.CanSearch(split))];
        if (splits.Length == 0) return NotRun(context.WhyNoSearch($"more than {options.Neighbours}"));
        var tested = splits.SelectMany(split => Candidates(context, split, options).Select(pair => Test(context, split, pair, options))).ToList();
        AuditFinding[] found = [.. tested.Where(f => f is not null).Select(f => f!).OrderByDescending(f => f.Value)];
        var summary = found.Length == 0
            ? $"No pair of classes interleaves; {tested.Count} pairs that have neighbours in each other were tested."
            : $"{found.Length} of {tested.Count} pairs of classes that have neighbours in each other cannot be told apart.";
        return Section(summary) with { Findings = found };
    }

    /// <summary>Pairs with at least a quarter of the neighbours that they would have in each other by chance, both ways.</summary>
    private static IEnumerable<(long First, long Second)> Candidates(AuditContext context, Split split, ClassPairOptions options)
    {
        const double leastPart = 0.25;
        var (labels, neighbours) = (context.Labels(split), context.UnitNeighbours(split, options.Neighbours));
        var sizes = labels.CountBy(l => l).ToDictionary();
        var edges = Enumerable.Range(0, labels.Count)
            .SelectMany(i => Enumerable.Range(0, options.Neighbours).Select(r => (labels[i], labels[neighbours.At(i, r)])))
            .Where(e => e.Item1 != e.Item2).CountBy(e => e).ToDictionary();
        return edges.Keys.Where(e => e.Item1 < e.Item2 && sizes[e.Item1] >= options.LeastSize && sizes[e.Item2] >= options.LeastSize)
            .Where(e => IsMixed(e.Item1, e.Item2) && IsMixed(e.Item2, e.Item1)).Order();

        bool IsMixed(long a, long b) => edges.GetValueOrDefault((a, b))
            >= leastPart * options.Neighbours * sizes[a] * sizes[b] / (sizes[a] + sizes[b] - 1);
    }

    private AuditFinding? Test(AuditContext context, Split split, (long First, long Second) pair, ClassPairOptions options)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var labels = context.Labels(split);
        int[] members = [.. Enumerable.Range(0, labels.Count).Where(i => labels[i] == pair.First || labels[i] == pair.Second)];
        var rows = context.Embeddings(split).index_select(0, tensor(members.Select(i => (long)i).ToArray()));
        var within = NearestNeighbours.Within(UnitRows.Of(rows), options.Neighbours, context.CancellationToken);
        var test = InterleavingTest.Of(within, [.. members.Select(i => labels[i] == pair.First)], options.Permutations);
        if (test.Probability < options.Significance) return null;
        var (first, second) = (context.Model.ClassName(pair.First), context.Model.ClassName(pair.Second));
        return new(Name, "one-class", test.CrossShare / test.ByChance, string.Create(CultureInfo.InvariantCulture,
            $"{test.CrossShare:P0} of the neighbours within both are of the other one, {test.ByChance:P0} by chance (p = {test.Probability:0.###})"))
        {
            Classes = [first, second],
            Evidence = [.. new[] { pair.First, pair.Second }.SelectMany(c => members.Where(i => labels[i] == c).Take(3)).Select(i => context.Item(split, i))],
        };
    }
}
