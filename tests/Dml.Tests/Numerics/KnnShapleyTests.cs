using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

/// <summary>Values of samples against Shapley's definition, by all coalitions.</summary>
public sealed class KnnShapleyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(9)]
    public void Values_are_those_of_all_coalitions(int k)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        var (rows, labels) = (randn(8, 2, dtype: float64), new long[] { 0, 0, 0, 1, 1, 1, 2, 0 });
        var expected = ByCoalitions(rows, labels, k);
        foreach (var (e, found) in expected.Zip(KnnShapley.Of(rows, labels, k))) Assert.Equal(e, found, 1e-12);
    }

    [Fact]
    public void A_value_is_off_by_no_more_than_one_over_the_depth()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var (rows, labels) = (randn(60, 3), Enumerable.Range(0, 60).Select(i => (long)(i % 4)).ToArray());
        var (exact, cut) = (KnnShapley.Of(rows, labels, 3), KnnShapley.Of(rows, labels, 3, depth: 10));
        foreach (var (a, b) in exact.Zip(cut)) Assert.InRange(Math.Abs(a - b), 0, 0.1);
        Assert.NotEqual(exact, cut);
    }

    private static double[] ByCoalitions(Tensor rows, long[] labels, int k)
    {
        var count = labels.Length;
        var distances = (rows.unsqueeze(0) - rows.unsqueeze(1)).square().sum(2).data<double>().ToArray();
        var values = new double[count];
        for (var judged = 0; judged < count; judged++)
        {
            int[] others = [.. Enumerable.Range(0, count).Where(i => i != judged)];
            double Utility(int[] coalition) =>
                coalition.OrderBy(i => distances[(judged * count) + i]).Take(k).Count(i => labels[i] == labels[judged]) / (double)k;
            foreach (var i in others)
            {
                int[] rest = [.. others.Where(j => j != i)];
                for (var mask = 0; mask < 1 << rest.Length; mask++)
                {
                    int[] coalition = [.. rest.Where((_, bit) => (mask >> bit & 1) == 1)];
                    var weight = Factorial(coalition.Length) * Factorial(rest.Length - coalition.Length) / Factorial(others.Length);
                    values[i] += weight * (Utility([.. coalition, i]) - Utility(coalition)) / count;
                }
            }
        }

        return values;
    }

    private static double Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);
}
