using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// What a Gaussian for each class, with one covariance for all, says of the given labels: a generative classifier on the features, which withstands
/// wrong labels better than the trained network (Lee et al., ICML 2019). Each sample is judged by the others alone, in closed form, and
/// each has a say in means and covariance as far as its own label is trusted, which is repeated until it settles. It needs no label known to be wrong.
/// </summary>
/// <param name="ClassCount">C.</param>
/// <param name="LogOdds">(N) suspicion: log of P(label wrong) / P(label right); 0 for a class of which no other sample is left.</param>
/// <param name="Own">(N) probability of the given class, made without the sample.</param>
/// <param name="Other">(N) the likeliest other class; -1 where there is one class alone.</param>
/// <param name="OtherProbability">(N) its probability.</param>
/// <param name="WrongShare">The estimated share of wrong labels.</param>
public sealed record LabelGaussians(
    int ClassCount, IReadOnlyList<double> LogOdds, IReadOnlyList<double> Own, IReadOnlyList<int> Other, IReadOnlyList<double> OtherProbability,
    double WrongShare)
{
    /// <summary>Rounds of judging and weighting.</summary>
    public const int DefaultRounds = 8;

    /// <summary>The probability that a label is wrong, 0 to 1.</summary>
    /// <param name="sample">Index of the sample.</param>
    public double Wrong(int sample) => 1 / (1 + Math.Exp(-LogOdds[sample]));

    /// <summary>The probability that the suggested class is the right one: that the label is wrong, times what the class has of the others.</summary>
    /// <param name="sample">Index of the sample.</param>
    public double Confidence(int sample) => Own[sample] < 1 ? Wrong(sample) * Math.Min(1, OtherProbability[sample] / (1 - Own[sample])) : 0;

    /// <summary>Judges labels.</summary>
    /// <param name="rows">(N, E) features or embeddings, floating point, finite.</param>
    /// <param name="labels">(N) labels from 0 to C - 1.</param>
    /// <param name="classCount">C.</param>
    /// <param name="rounds">Rounds of judging and weighting, at least 1.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static LabelGaussians Of(
        Tensor rows, IReadOnlyList<long> labels, int classCount, int rounds = DefaultRounds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Of(rows, unit: false, labels, classCount, rounds, cancellationToken);
    }

    /// <summary>The same of rows that are scaled to length 1 block by block, without a copy of all of them.</summary>
    /// <inheritdoc cref="Of(Tensor, IReadOnlyList{long}, int, int, CancellationToken)"/>
    public static LabelGaussians OfUnit(
        Tensor rows, IReadOnlyList<long> labels, int classCount, int rounds = DefaultRounds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Of(rows, unit: true, labels, classCount, rounds, cancellationToken);
    }

    private static LabelGaussians Of(
        Tensor rows, bool unit, IReadOnlyList<long> labels, int classCount, int rounds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        if (rows.dim() != 2 || rows.shape[0] != labels.Count)
        {
            throw new ArgumentException($"Expected {labels.Count} rows, one a label, found shape ({string.Join(", ", rows.shape)}).", nameof(rows));
        }

        if (labels.Distinct().Count() < 2) return OneClass(classCount, labels.Count);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var source = new LabelRows(rows, unit);
        var judge = new LabelJudge(source, labels, classCount);
        for (var round = 0; ; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            judge.Judge();
            if (round == rounds - 1) return judge.Verdict();
            judge.Weigh();
        }
    }

    private static LabelGaussians OneClass(int classes, int count) =>
        new(classes, new double[count], [.. Enumerable.Repeat(1.0, count)], [.. Enumerable.Repeat(-1, count)], new double[count], 0);
}
