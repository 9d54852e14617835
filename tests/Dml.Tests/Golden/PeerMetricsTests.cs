using System.Text.Json;
using Dml.Engine.Evaluation;
using Dml.Numerics;
using Dml.Tests.Numerics;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

/// <summary>
/// R@1, MAP@R, R-precision and MRR beside those of pytorch-metric-learning 2.8.1, whose definitions differ in two places: it leaves queries without a relevant
/// item out of R@1 too, and it can take the mean of class means. Where they differ, ours is held to plain loops.
/// </summary>
public sealed class PeerMetricsTests
{
    private static readonly JsonElement File = JsonDocument.Parse(System.IO.File.ReadAllText(Fixtures.Path("golden", "peer-metrics", "a.json"))).RootElement;
    private static readonly QueryMetric[] Metrics = [new RecallAtK(1), new MeanAveragePrecisionAtR(), new RPrecision(), new MeanReciprocalRank()];

    /// <summary>The peer takes the mean of reciprocal ranks in float32.</summary>
    private static readonly double[] Tolerances = [1e-9, 1e-9, 1e-9, 1.5e-7];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, File.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_figures_are_the_peer_s_where_the_definition_is_the_same(int number)
    {
        using var scope = NewDisposeScope();
        var (one, peer) = (Case.Read(number), File.GetProperty("cases")[number]);
        var scores = one.Scores(Metrics);
        double[] expected =
        [
            .. new[] { "precision_at_1", "mean_average_precision_at_r", "r_precision" }.Select(
                name => peer.GetProperty("values_to_depth_of_the_largest_class").GetProperty(name).GetDouble()),
            peer.GetProperty("values_to_the_whole_reference").GetProperty("mean_reciprocal_rank").GetDouble(),
        ];
        var ofClasses = peer.GetProperty("average_of_class_averages").GetBoolean();
        for (var i = 0; i < Metrics.Length; i++)
        {
            // A class without relevant items has no figure, but for R@1, of which its queries are then taken out by hand.
            double?[] ofEach = [.. scores.Classes.Select(c => i == 0 && one.Relevant(c.Label) == 0 ? null : c.Means[i])];
            double ours = ofClasses ? ofEach.Average()!.Value
                : i == 0 ? scores.Classes.Zip(ofEach).Where(c => c.Second is not null).Sum(c => c.First.Queries * c.Second!.Value) / one.QueriesWithRelevant
                : scores.Means[i]!.Value;
            Assert.Equal(expected[i], ours, Tolerances[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Our_definition_is_that_of_plain_loops_over_all_queries(int number)
    {
        using var scope = NewDisposeScope();
        var one = Case.Read(number);
        var scores = one.Scores(Metrics);
        var (right, found) = (0, 0);
        double[] sums = new double[3];
        for (var q = 0; q < one.Labels.Length; q++)
        {
            var ranked = one.Ranked(q);
            var relevant = ranked.Count(l => l == one.Labels[q]);
            if (ranked[0] == one.Labels[q]) right++;
            if (relevant == 0) continue;
            found++;
            var (hits, precision) = (0, 0.0);
            for (var rank = 1; rank <= relevant; rank++)
            {
                if (ranked[rank - 1] != one.Labels[q]) continue;
                hits++;
                precision += (double)hits / rank;
            }

            sums[0] += precision / relevant;
            sums[1] += (double)hits / relevant;
            sums[2] += 1.0 / (1 + Array.IndexOf(ranked, one.Labels[q]));
        }

        Assert.Equal((double)right / one.Labels.Length, scores.Means[0]!.Value, 1e-12);
        Assert.Equal(sums.Select(s => s / found), scores.Means.Skip(1).Select(m => m!.Value), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void The_cases_hold_what_the_definitions_differ_in()
    {
        var cases = Enumerable.Range(0, 6).Select(Case.Read).ToList();
        Assert.Equal([0, 0, 3, 0, 4, 0], cases.Select(c => c.Labels.Length - c.QueriesWithRelevant));
        Assert.Contains(Enumerable.Range(0, 6), i => File.GetProperty("cases")[i].GetProperty("average_of_class_averages").GetBoolean());
        Assert.Equal(2, cases.Count(c => c.Gallery is not null));
    }

    private sealed record Case(double[][] Queries, long[] Labels, double[][]? Gallery, long[]? GalleryLabels)
    {
        public int QueriesWithRelevant => Labels.Count(label => Relevant(label) > 0);

        public static Case Read(int number)
        {
            var one = File.GetProperty("cases")[number];
            return new(Rows("query")!, Numbers("query_labels")!, Rows("reference"), Numbers("reference_labels"));

            // The peer compares unit vectors.
            double[][]? Rows(string name) => one.GetProperty(name) is not { ValueKind: JsonValueKind.Array } rows ? null
                : [.. rows.EnumerateArray().Select(row => Unit([.. row.EnumerateArray().Select(x => x.GetDouble())]))];

            long[]? Numbers(string name) =>
                one.GetProperty(name) is not { ValueKind: JsonValueKind.Array } values ? null : [.. values.EnumerateArray().Select(x => x.GetInt64())];
        }

        public int Relevant(long label) => GalleryLabels is null ? Labels.Count(l => l == label) - 1 : GalleryLabels.Count(l => l == label);

        public RetrievalScores Scores(IReadOnlyList<IQueryMetric> metrics)
        {
            double[][] rows = [.. Queries, .. Gallery ?? []];
            var embeddings = tensor(rows.SelectMany(r => r).ToArray()).reshape(rows.Length, rows[0].Length);
            return RetrievalScores.Of(embeddings, [.. Labels, .. GalleryLabels ?? []], Gallery is null ? null : Labels.Length, metrics);
        }

        /// <summary>The labels of all items but the query, nearest first.</summary>
        public long[] Ranked(int query) =>
            [.. PlainNeighbours.Of(Queries[query], Gallery ?? Queries, Gallery is null ? query : -1).Select(n => (GalleryLabels ?? Labels)[n.Index])];

        private static double[] Unit(double[] row)
        {
            var length = Math.Sqrt(row.Sum(x => x * x));
            return [.. row.Select(x => x / length)];
        }
    }
}
