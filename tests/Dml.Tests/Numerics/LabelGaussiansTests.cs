using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

/// <summary>Gaussians of the classes against a model that is fitted anew without each sample, in plain loops.</summary>
public sealed class LabelGaussiansTests
{
    private const int Classes = 3;
    private const int Size = 2;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_sample_is_judged_by_a_model_that_never_saw_it(int seed)
    {
        var (rows, labels) = Draw(seed, 24);
        using var scope = NewDisposeScope();
        var found = LabelGaussians.Of(tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, Size]), labels, Classes, rounds: 1);
        double[][] logits = [.. labels.Select((_, i) => WithoutSample(rows, labels, i))];
        var trust = LabelTrust.Fit(t => [.. labels.Select((y, i) => Softmax(logits[i], t)[y])], Classes);
        for (var i = 0; i < labels.Length; i++)
        {
            var p = Softmax(logits[i], trust.Temperature);
            var best = Enumerable.Range(0, Classes).Where(c => c != labels[i]).MaxBy(c => p[c]);
            Assert.Equal(p[labels[i]], found.Own[i], 1e-9);
            Assert.Equal(best, found.Other[i]);
            Assert.Equal(p[best], found.OtherProbability[i], 1e-9);
            var others = Enumerable.Range(0, Classes).Where(c => c != labels[i]).Sum(c => p[c]);
            var odds = trust.WrongShare * others / (Classes - 1) / ((1 - trust.WrongShare) * p[labels[i]]);
            Assert.Equal(Math.Log(odds), found.LogOdds[i], 1e-6);
            Assert.Equal(odds / (1 + odds), found.Wrong(i), 1e-6);
        }
    }

    [Fact]
    public void The_share_of_wrong_labels_is_found_without_being_told_and_the_wrong_ones_stand_first()
    {
        var (rows, labels) = Draw(3, 600);
        var wrong = new bool[labels.Length];
        for (var i = 0; i < labels.Length; i += 10) (labels[i], wrong[i]) = ((labels[i] + 1) % Classes, true);
        using var scope = NewDisposeScope();
        var found = LabelGaussians.Of(tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, Size]), labels, Classes);
        Assert.InRange(found.WrongShare, 0.07, 0.13);
        Assert.InRange(DetectionCurve.Make(found.LogOdds, wrong).Auc, 0.97, 1);
        Assert.All(Enumerable.Range(0, 60).Select(i => 10 * i).Where(i => found.Wrong(i) > 0.9), i => Assert.Equal((labels[i] + 2) % Classes, found.Other[i]));
    }

    [Fact]
    public void A_sample_that_is_alone_in_its_class_is_neither_right_nor_wrong()
    {
        var (rows, labels) = Draw(5, 30);
        labels[7] = 3;
        using var scope = NewDisposeScope();
        var found = LabelGaussians.Of(tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, Size]), labels, 4);
        Assert.Equal(0, found.LogOdds[7]);
        Assert.All(found.LogOdds, x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void One_class_alone_and_equal_vectors_give_numbers()
    {
        using var scope = NewDisposeScope();
        Assert.All(LabelGaussians.Of(randn(5, 3), [0, 0, 0, 0, 0], 1).LogOdds, x => Assert.Equal(0, x));
        Assert.All(LabelGaussians.Of(ones(6, 3), [0, 1, 0, 1, 0, 1], 2).LogOdds, x => Assert.True(double.IsFinite(x)));
    }

    /// <summary>Log probabilities of the classes for sample i by means and covariance of the others; shrinkage and divisor are those of all samples.</summary>
    private static double[] WithoutSample(double[][] rows, long[] labels, int i)
    {
        var (all, others) = (Enumerable.Range(0, rows.Length).ToArray(), Enumerable.Range(0, rows.Length).Where(j => j != i).ToArray());
        double freedom = rows.Length - Classes;
        var (whole, partial) = (Scatter(rows, labels, all), Scatter(rows, labels, others));
        var trace = (whole[0, 0] + whole[1, 1]) / freedom;
        var squares = whole.Cast<double>().Sum(v => v * v) / (freedom * freedom);
        var over = (freedom + 1 - (2.0 / Size)) * (squares - (trace * trace / Size));
        var shrinkage = Math.Clamp((((1 - (2.0 / Size)) * squares) + (trace * trace)) / over, 1e-3, 1);
        double Entry(int a, int b) => ((1 - shrinkage) * partial[a, b] / freedom) + (a == b ? shrinkage * trace / Size : 0);
        var (p, q, r) = (Entry(0, 0), Entry(0, 1), Entry(1, 1));
        var determinant = (p * r) - (q * q);
        return [.. Enumerable.Range(0, Classes).Select(c =>
        {
            var members = others.Where(j => labels[j] == c).ToArray();
            var (u, v) = (rows[i][0] - members.Average(j => rows[j][0]), rows[i][1] - members.Average(j => rows[j][1]));
            var distance = ((r * u * u) - (2 * q * u * v) + (p * v * v)) / determinant;
            double n = members.Length;
            return Math.Log(n) - (0.5 * distance / (1 + (1 / n))) - (0.5 * Size * Math.Log(1 + (1 / n)));
        })];
    }

    private static double[,] Scatter(double[][] rows, long[] labels, int[] used)
    {
        var scatter = new double[Size, Size];
        foreach (var i in used)
        {
            var members = used.Where(j => labels[j] == labels[i]).ToArray();
            double[] d = [.. Enumerable.Range(0, Size).Select(a => rows[i][a] - members.Average(j => rows[j][a]))];
            for (var a = 0; a < Size; a++)
            {
                for (var b = 0; b < Size; b++) scatter[a, b] += d[a] * d[b];
            }
        }

        return scatter;
    }

    private static double[] Softmax(double[] logits, double temperature)
    {
        double[] e = [.. logits.Select(l => Math.Exp(temperature * (l - logits.Max())))];
        return [.. e.Select(x => x / e.Sum())];
    }

    /// <summary>Three classes around the corners of a triangle.</summary>
    private static (double[][] Rows, long[] Labels) Draw(int seed, int count)
    {
        var random = new CounterRandom(seed, 1, 0);
        long[] labels = [.. Enumerable.Range(0, count).Select(i => (long)(i / 2 % Classes))];
        double Normal() => Enumerable.Range(0, 12).Sum(_ => random.NextUnit()) - 6;
        double[][] rows = [.. labels.Select(y => new[] { (5 * (y == 1 ? 1 : 0)) + Normal(), (4 * (y == 2 ? 1 : 0)) + (0.7 * Normal()) })];
        return (rows, labels);
    }
}
