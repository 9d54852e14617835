namespace Dml.Tests.Losses;

/// <summary>Losses of pairs by plain loops over their formulas, each pair with the product of its samples' weights.</summary>
internal sealed class PlainPairs(double[][] embeddings, long[] labels, double[] weights)
{
    public double Loss(string name) => name switch
    {
        "contrastive" => Contrastive(0, 1, true),
        "contrastive, plain" => Contrastive(0.2, 1.4, false),
        "triplet" => Triplets(0.2, D, x => Math.Max(x, 0), (_, _, x) => x > 0),
        "triplet, soft" => Triplets(0.2, D, Softplus, (_, _, _) => true),
        "triplet, semi-hard" => Triplets(0.5, D2, x => x, (p, n, x) => n > p && x > 0),
        "triplet, hard" => Hard(0.2, D, x => Math.Max(x, 0), true),
        "triplet, hard and soft" => Hard(0.2, D2, Softplus, false),
        "multi-similarity" => MultiSimilarity(0.1, 50),
        "multi-similarity, all" => MultiSimilarity(null, 10),
        "supcon" => SupCon(),
        "ntxent" => NtXent(),
        "circle" => Circle(),
        "lifted-structure" => Lifted(),
        _ => GeneralizedLifted(),
    };

    private int Count => labels.Length;

    private double Cos(int i, int j) => PlainRows.Cosine(embeddings[i], embeddings[j]);

    private double D(int i, int j) => Math.Sqrt(Math.Max(D2(i, j), 1e-12));

    private double D2(int i, int j) => 2 - (2 * Cos(i, j));

    private List<int> Positives(int a) => [.. Enumerable.Range(0, Count).Where(j => j != a && labels[j] == labels[a] && weights[j] > 0)];

    private List<int> Negatives(int a) => [.. Enumerable.Range(0, Count).Where(j => labels[j] != labels[a] && weights[j] > 0)];

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double Ratio(double sum, double count) => count == 0 ? 0 : sum / count;

    private double Contrastive(double positiveMargin, double negativeMargin, bool squared)
    {
        var (sums, counts) = (new double[2], new double[2]);
        for (var a = 0; a < Count; a++)
        {
            foreach (var p in Positives(a)) Add(0, D(a, p) - positiveMargin, weights[a] * weights[p]);
            foreach (var n in Negatives(a)) Add(1, negativeMargin - D(a, n), weights[a] * weights[n]);
        }

        return Ratio(sums[0], counts[0]) + Ratio(sums[1], counts[1]);

        void Add(int side, double excess, double weight)
        {
            if (excess <= 0) return;
            sums[side] += weight * (squared ? excess * excess : excess);
            counts[side] += weight;
        }
    }

    private double Triplets(double margin, Func<int, int, double> distance, Func<double, double> cost, Func<double, double, double, bool> counts)
    {
        var (sum, count) = (0.0, 0.0);
        for (var a = 0; a < Count; a++)
        {
            foreach (var p in Positives(a))
            {
                foreach (var n in Negatives(a))
                {
                    var excess = distance(a, p) - distance(a, n) + margin;
                    if (!counts(distance(a, p), distance(a, n), excess)) continue;
                    sum += weights[a] * weights[p] * weights[n] * cost(excess);
                    count += weights[a] * weights[p] * weights[n];
                }
            }
        }

        return Ratio(sum, count);
    }

    /// <summary>For weights of 0 and 1: the hardest of those that are there.</summary>
    private double Hard(double margin, Func<int, int, double> distance, Func<double, double> cost, bool skipsZeros)
    {
        var (sum, count) = (0.0, 0.0);
        for (var a = 0; a < Count; a++)
        {
            if (weights[a] == 0 || Positives(a).Count == 0 || Negatives(a).Count == 0) continue;
            var excess = Positives(a).Max(p => distance(a, p)) - Negatives(a).Min(n => distance(a, n)) + margin;
            if (skipsZeros && excess <= 0) continue;
            sum += cost(excess);
            count++;
        }

        return Ratio(sum, count);
    }

    private double MultiSimilarity(double? epsilon, double beta)
    {
        var sum = 0.0;
        for (var a = 0; a < Count; a++)
        {
            var (positives, negatives) = (Positives(a), Negatives(a));
            var chosenPositives = epsilon is null ? positives : [.. positives.Where(p => negatives.Exists(n => Cos(a, p) < Cos(a, n) + epsilon))];
            var chosenNegatives = epsilon is null ? negatives : [.. negatives.Where(n => positives.Exists(p => Cos(a, n) > Cos(a, p) - epsilon))];
            sum += weights[a] * Math.Log(1 + chosenPositives.Sum(p => weights[p] * Math.Exp(-2 * (Cos(a, p) - 0.5)))) / 2;
            sum += weights[a] * Math.Log(1 + chosenNegatives.Sum(n => weights[n] * Math.Exp(beta * (Cos(a, n) - 0.5)))) / beta;
        }

        return sum / Count;
    }

    private double SupCon()
    {
        var (sum, count) = (0.0, 0.0);
        for (var a = 0; a < Count; a++)
        {
            var positives = Positives(a);
            if (positives.Count == 0) continue;
            var whole = Math.Log(positives.Concat(Negatives(a)).Sum(j => weights[j] * Math.Exp(Cos(a, j) / 0.1)));
            sum -= weights[a] * positives.Sum(p => weights[p] * ((Cos(a, p) / 0.1) - whole)) / positives.Sum(p => weights[p]);
            count += weights[a];
        }

        return Ratio(sum, count);
    }

    private double NtXent()
    {
        var (sum, count) = (0.0, 0.0);
        for (var a = 0; a < Count; a++)
        {
            var negatives = Negatives(a).Sum(n => weights[n] * Math.Exp(Cos(a, n) / 0.07));
            foreach (var p in Positives(a))
            {
                var own = Math.Exp(Cos(a, p) / 0.07);
                sum -= weights[a] * weights[p] * Math.Log(own / (own + negatives));
                count += weights[a] * weights[p];
            }
        }

        return Ratio(sum, count);
    }

    private double Circle()
    {
        var (sum, count) = (0.0, 0.0);
        for (var a = 0; a < Count; a++)
        {
            var (positives, negatives) = (Positives(a), Negatives(a));
            if (positives.Count == 0 || negatives.Count == 0) continue;
            var far = positives.Sum(p => weights[p] * Math.Exp(-80 * Math.Max(1.4 - Cos(a, p), 0) * (Cos(a, p) - 0.6)));
            var near = negatives.Sum(n => weights[n] * Math.Exp(80 * Math.Max(Cos(a, n) + 0.4, 0) * (Cos(a, n) - 0.4)));
            sum += weights[a] * Softplus(Math.Log(far) + Math.Log(near));
            count += weights[a];
        }

        return Ratio(sum, count);
    }

    private double Lifted()
    {
        var (sum, count) = (0.0, 0.0);
        double Near(int i) => Negatives(i).Sum(n => weights[n] * Math.Exp(1 - D(i, n)));
        for (var a = 0; a < Count; a++)
        {
            foreach (var p in Positives(a))
            {
                var cost = Math.Max(D(a, p) + Math.Log(Near(a) + Near(p)), 0);
                sum += weights[a] * weights[p] * cost * cost / 2;
                count += weights[a] * weights[p];
            }
        }

        return Ratio(sum, count);
    }

    private double GeneralizedLifted()
    {
        var sum = 0.0;
        for (var a = 0; a < Count; a++)
        {
            var (far, near) = (Positives(a).Sum(p => weights[p] * Math.Exp(3 * D(a, p))), Negatives(a).Sum(n => weights[n] * Math.Exp(2 - (3 * D(a, n)))));
            sum += weights[a] * Math.Max((far == 0 ? 0 : Math.Log(far)) + (near == 0 ? 0 : Math.Log(near)), 0);
        }

        return sum / Count;
    }
}
