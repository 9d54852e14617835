using Dml.Engine.Images;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Auditing;

/// <summary>Two items that are one thing. Items are numbered through both splits, training first.</summary>
/// <param name="First">Smaller number.</param>
/// <param name="Second">Larger number.</param>
/// <param name="Exact">Whether their pixels (features, where there are no images) are equal.</param>
/// <param name="Value">Correlation of the images, or minus the distance of the embeddings; of an exact pair 1, or 0.</param>
internal readonly record struct DuplicatePair(int First, int Second, bool Exact, double Value);

/// <summary>The duplicates of a model's items, by images where there are any and else by features.</summary>
/// <param name="Pairs">Exact pairs first (each copy with the first item of its group), then near ones, surest first.</param>
/// <param name="Basis">How near duplicates were told from chance, one part of a sentence.</param>
internal sealed record DuplicatePairs(IReadOnlyList<DuplicatePair> Pairs, string Basis)
{
    private const int FeatureNeighbours = 5;
    private const long FeaturesAtOnce = 4096;

    /// <summary>Looks for them.</summary>
    /// <param name="context">The model.</param>
    /// <param name="rate">False alarms an image.</param>
    /// <param name="mostNear">More items than this are compared for equality alone.</param>
    public static DuplicatePairs Of(AuditContext context, double rate, int mostNear)
    {
        var count = context.Count(Split.Training) + context.Count(Split.Test);
        var byImage = context.Images.Problem is null;
        var keys = byImage ? [.. Enumerable.Range(0, count).Select(i => Image(context, i)?.Content)] : FeatureHashes(context);
        var exact = Exact(keys, byImage ? 1 : 0);
        if (count > mostNear) return new(exact, $"near duplicates are not looked for among more than {mostNear} items");
        var copies = exact.Select(p => p.Second).ToHashSet();
        int[] different = [.. Enumerable.Range(0, count).Where(i => keys[i] is not null && !copies.Contains(i))];
        var (near, basis) = byImage ? NearImages(context, different, rate) : NearFeatures(context, different, rate);
        return new([.. exact, .. near], basis);
    }

    /// <summary>Split and index of a number.</summary>
    public static (Split Split, int Index) Place(AuditContext context, int number)
    {
        var training = context.Count(Split.Training);
        return number < training ? (Split.Training, number) : (Split.Test, number - training);
    }

    private static ImageDigest? Image(AuditContext context, int number)
    {
        var (split, index) = Place(context, number);
        return context.Images.Of(split, index);
    }

    private static DuplicatePair[] Exact(UInt128?[] keys, double value)
    {
        var first = new Dictionary<UInt128, int>();
        var pairs = new List<DuplicatePair>();
        foreach (var (number, key) in keys.Index())
        {
            if (key is { } content && !first.TryAdd(content, number)) pairs.Add(new(first[content], number, true, value));
        }

        return [.. pairs];
    }

    /// <summary>Block by block, since training features may stay in their file.</summary>
    private static UInt128?[] FeatureHashes(AuditContext context)
    {
        var (set, hashes) = (context.Model.Features, new List<UInt128?>());
        foreach (var block in SampleRange.Grid(set.TrainCount, FeaturesAtOnce)) Add(() => set.TrainRows(block));
        foreach (var block in SampleRange.Grid(set.TestCount, FeaturesAtOnce)) Add(() => set.TestFeatures.narrow(0, block.Start, block.Count));
        return [.. hashes];

        void Add(Func<Tensor> read)
        {
            using var scope = NewDisposeScope();
            var rows = read();
            var bytes = rows.cpu().contiguous().bytes;
            var length = bytes.Length / (int)rows.shape[0];
            for (var at = 0; at < bytes.Length; at += length) hashes.Add(ContentHash.Of(bytes.Slice(at, length), (uint)length, 1));
        }
    }

    private static long Label(AuditContext context, int number)
    {
        var (split, index) = Place(context, number);
        return context.Labels(split)[index];
    }

    private static (IEnumerable<DuplicatePair> Pairs, string Basis) NearImages(AuditContext context, int[] numbers, double rate)
    {
        context.Progress.Report(new("compare images", 0, numbers.Length));
        var search = new CopySearch([.. numbers.Select(n => Image(context, n)!.Gray)]);
        var pairs = search.Run(
            done => context.Progress.Report(new("compare images", done, search.Compared.Count)), context.CancellationToken);
        var decision = new CopyDecision(pairs, [.. numbers.Select(n => Label(context, n))], rate);
        var plain = numbers.Length - search.Compared.Count;
        var skipped = plain == 0 ? "" : $"; {plain} images are too plain to be told apart and are compared for equality alone";
        var basis = decision.NullCount < CopyDecision.LeastNull
            ? $"near duplicates need at least {CopyDecision.LeastNull} images that are not plain"
            : FormattableString.Invariant($"near ones are beyond what {decision.NullCount} best matches {Of(decision.BetweenClasses)} ")
                + FormattableString.Invariant($"leave for {rate:0.######} ")
                + FormattableString.Invariant($"false alarms an image: a correlation of {decision.Thresholds.InPlace:0.000} in place or ")
                + FormattableString.Invariant($"{decision.Thresholds.Windowed:0.000} as a window, of brightness alone (colours are not compared){skipped}");
        return (decision.Find(pairs).Select(f => new DuplicatePair(numbers[f.First], numbers[f.Second], false, f.Correlation)), basis);
    }

    private static string Of(bool betweenClasses) => betweenClasses ? "between classes" : "of any class";

    /// <summary>
    /// The same calibration on -ln of distances of embeddings: weaker, since an embedding is trained to bring images of one class together.
    /// </summary>
    private static (IEnumerable<DuplicatePair> Pairs, string Basis) NearFeatures(AuditContext context, int[] numbers, double rate)
    {
        using var scope = NewDisposeScope();
        var rows = cat([context.Embeddings(Split.Training), context.Embeddings(Split.Test)]).index_select(0, tensor(numbers.Select(n => (long)n).ToArray()));
        if (numbers.Length <= CopyDecision.LeastNull) return ([], $"near duplicates need more than {CopyDecision.LeastNull} items");
        var neighbours = NearestNeighbours.Within(rows, FeatureNeighbours, context.CancellationToken);
        var labels = numbers.Select(n => Label(context, n)).ToArray();
        var found = from i in Enumerable.Range(0, numbers.Length)
                    from rank in Enumerable.Range(0, FeatureNeighbours)
                    select (Query: i, Other: neighbours.At(i, rank), Distance: neighbours.Distances[(i * FeatureNeighbours) + rank]);
        var all = found.ToList();
        var scores = all.Where(p => labels[p.Query] != labels[p.Other] && p.Distance > 0)
            .GroupBy(p => p.Query).Select(group => -Math.Log(group.Min(p => p.Distance))).ToList();
        if (scores.Count < CopyDecision.LeastNull)
        {
            return ([], $"near duplicates need {CopyDecision.LeastNull} items near another class, found {scores.Count}");
        }

        var least = TailThreshold.Of(scores).At(rate);
        return (all.Where(p => p.Distance == 0 || -Math.Log(p.Distance) >= least)
            .Select(p => new DuplicatePair(numbers[Math.Min(p.Query, p.Other)], numbers[Math.Max(p.Query, p.Other)], false, -p.Distance))
            .Distinct().OrderByDescending(p => p.Value).ThenBy(p => p.First).ThenBy(p => p.Second),
            FormattableString.Invariant($"near ones are embeddings nearer than {Math.Exp(-least):0.####}, which {scores.Count} nearest items of other ")
                + FormattableString.Invariant($"classes leave for {rate:0.######} false alarms an item; images would tell more"));
    }
}
