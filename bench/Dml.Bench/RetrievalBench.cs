using Dml.Engine.Evaluation;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// R@1 at the size of In-Shop beside one plain float32 matrix product of that size, then MAP@R and k-means at the size of CUB. The
/// embeddings are drawn: a random centre a class, and noise about as large as the distance of two centres.
/// </summary>
internal static class RetrievalBench
{
    private const int Size = 512;
    private const int Repeats = 5;

    public static void Run(string[] arguments)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        Measure.Print($"{get_num_threads()} threads");
        NearestNeighbours.Between(randn(600, Size), randn(600, Size), 1);
        Search(queries: 14_218, gallery: 12_612, classes: 3_985);
        Scores(items: 5_924, classes: 100);
        Cluster(items: 5_924, classes: 100);
        if (arguments.Contains("--clusters")) Cluster(items: 26_830, classes: 3_985);
    }

    private static void Search(int queries, int gallery, int classes)
    {
        using var scope = NewDisposeScope();
        var (labels, items) = Draw(queries + gallery, classes);
        var (q, g) = (items.narrow(0, 0, queries), items.narrow(0, queries, gallery));
        var work = 2.0 * queries * gallery * Size / 1e9;
        Neighbours? found = null;
        var first = Measure.Of(() => found = NearestNeighbours.Between(q, g, 1));
        var recall = RetrievalMetrics.RecallAt(labels[..queries], labels[queries..], found!, 1);
        Measure.Print($"R@1 of {queries} queries among {gallery} items, {Size} dimensions: {recall:0.0000}");
        Measure.Print($"peak memory of the process: {Measure.PeakMegabytes():0} MB");

        // The plain product writes into a matrix that is there already, so that it pays for no page of it.
        var products = zeros(queries, gallery);
        products.addmm_(q, g.t(), beta: 0);
        var (searches, plain) = (new List<Time> { first }, new List<Time>());
        for (var i = 0; i < Repeats; i++)
        {
            plain.Add(Measure.Of(() => products.addmm_(q, g.t(), beta: 0)));
            searches.Add(Measure.Of(() => NearestNeighbours.Between(q, g, 1)));
        }

        Tell("search", searches);
        Tell("one plain float32 matrix product", plain);
        Measure.Print(
            $"ratio of the rates: {Ratio(times => Measure.Median(times.Select(t => t.Wall))):0.00} of the medians, ",
            $"{Ratio(times => times.Min(t => t.Wall)):0.00} of the best, ",
            $"{Ratio(times => Measure.Median(times.Select(t => t.Processor))):0.00} by processor time");

        double Ratio(Func<List<Time>, double> figure) => figure(plain) / figure(searches);

        void Tell(string name, List<Time> times)
        {
            var (median, best, processor) = (Measure.Median(times.Select(t => t.Wall)), times.Min(t => t.Wall), Measure.Median(times.Select(t => t.Processor)));
            Measure.Print(
                $"{name}: median {median:0.000} s, {work / median:0} GFLOP/s; ",
                $"best {best:0.000} s, {work / best:0} GFLOP/s; processor time {processor:0.000} s");
        }
    }

    private static void Scores(int items, int classes)
    {
        using var scope = NewDisposeScope();
        var (labels, embeddings) = Draw(items, classes);
        RetrievalScores? scores = null;
        var time = Measure.Of(() =>
            scores = RetrievalScores.Of(embeddings, labels, null, [.. new[] { 1, 2, 4, 8 }.Select(k => new RecallAtK(k)), new MeanAveragePrecisionAtR()]));
        Measure.Print(
            $"R@k and MAP@R of {items} items in {classes} classes: {time.Wall:0.00} s, ",
            $"processor time {time.Processor:0.00} s (MAP@R {scores!.Means[^1]:0.0000})");
    }

    private static void Cluster(int items, int classes)
    {
        using var scope = NewDisposeScope();
        var (labels, embeddings) = Draw(items, classes);
        KMeans? found = null;
        var time = Measure.Of(() => found = KMeans.Run(embeddings, classes));
        var nmi = ClusteringMetrics.NormalizedMutualInformation(labels, found!.Clusters);
        Measure.Print(
            $"k-means of {items} items in {classes} clusters: {time.Wall:0.0} s, ",
            $"processor time {time.Processor:0.0} s, {found.Iterations} iterations, converged: {found.Converged} (NMI {nmi:0.0000})");
        Measure.Print($"peak memory of the process: {Measure.PeakMegabytes():0} MB");
    }

    private static (long[] Labels, Tensor Items) Draw(int count, int classes)
    {
        var labels = Enumerable.Range(0, count).Select(i => i * 7919L % classes).ToArray();
        using var scope = NewDisposeScope();
        var items = randn(classes, Size).index_select(0, tensor(labels)) + (2 * randn(count, Size));
        return (labels, items.MoveToOuterDisposeScope());
    }
}
