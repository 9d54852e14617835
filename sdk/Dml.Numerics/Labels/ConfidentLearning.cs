namespace Dml.Numerics;

/// <summary>
/// Confident learning (Northcutt, Jiang, Chuang, Journal of Artificial Intelligence Research 70, 2021): a class's threshold is the mean
/// probability of it among the samples so labelled; a sample belongs confidently to the likeliest class whose threshold its probability
/// reaches, and is an issue where that is not its label.
/// </summary>
/// <param name="Thresholds">(C); infinity for a class that no sample is labelled with.</param>
/// <param name="ConfidentClass">(N) the confident class of each sample; -1 where it reaches no threshold.</param>
/// <param name="Scores">(N) suspicion: 1 - the probability of the own label, and 1 more for an issue, so that issues come first.</param>
public sealed record ConfidentLearning(IReadOnlyList<double> Thresholds, IReadOnlyList<int> ConfidentClass, IReadOnlyList<double> Scores)
{
    /// <summary>Judges labels by out-of-sample probabilities.</summary>
    /// <param name="probabilities">Row-major (N, C), each row summing to 1, made without the sample's own label.</param>
    /// <param name="labels">(N) labels from 0 to C - 1.</param>
    public static ConfidentLearning Of(IReadOnlyList<double> probabilities, IReadOnlyList<long> labels)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0 || probabilities.Count % labels.Count != 0)
        {
            throw new ArgumentException(
                $"Expected the same number of probabilities for each of {labels.Count} samples, found {probabilities.Count} in all.", nameof(probabilities));
        }

        var classes = probabilities.Count / labels.Count;
        var (sum, count) = (new double[classes], new int[classes]);
        foreach (var (i, label) in labels.Index())
        {
            sum[label] += probabilities[(i * classes) + (int)label];
            count[label]++;
        }

        double[] thresholds = [.. sum.Zip(count, (s, n) => n == 0 ? double.PositiveInfinity : s / n)];
        var confident = new int[labels.Count];
        var scores = new double[labels.Count];
        foreach (var (i, label) in labels.Index())
        {
            confident[i] = -1;
            for (var c = 0; c < classes; c++)
            {
                var p = probabilities[(i * classes) + c];
                if (p >= thresholds[c] && (confident[i] < 0 || p > probabilities[(i * classes) + confident[i]])) confident[i] = c;
            }

            var issue = confident[i] >= 0 && confident[i] != label;
            scores[i] = 1 - probabilities[(i * classes) + (int)label] + (issue ? 1 : 0);
        }

        return new(thresholds, confident, scores);
    }
}
