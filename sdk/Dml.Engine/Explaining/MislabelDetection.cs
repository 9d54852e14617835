using Dml.Numerics;

namespace Dml.Engine.Explaining;

/// <summary>How harm over several groups becomes one suspicion a training sample.</summary>
internal enum HarmAggregate
{
    /// <summary>Mean over the groups of harm / ||harm||: each group has the same say.</summary>
    Mean,

    /// <summary>Harm on the worst group alone: the published choice.</summary>
    Top1,
}

/// <summary>Ranks training samples by how likely they are mislabelled: harmful samples first.</summary>
internal static class MislabelDetection
{
    /// <summary>One score a training sample, higher = more suspicious.</summary>
    /// <param name="harm">Harm of the groups, worst group first; each of N values.</param>
    /// <param name="aggregate">How to join them.</param>
    public static double[] Suspicion(IReadOnlyList<double[]> harm, HarmAggregate aggregate)
    {
        var used = aggregate == HarmAggregate.Top1 ? harm.Take(1).ToList() : [.. harm];
        if (used.All(group => group.All(h => h == 0)))
        {
            throw new DmlException($"Expected a training sample with influence on one of the {used.Count} confusion groups, found harm 0 throughout; "
                + "the confused items have the same embeddings, so there is nothing to rank by.");
        }

        var scores = new double[harm[0].Length];
        foreach (var group in used)
        {
            var norm = Math.Sqrt(group.Sum(h => h * h));
            if (norm == 0) continue;
            for (var i = 0; i < scores.Length; i++) scores[i] += group[i] / norm / used.Count;
        }

        return scores;
    }

    /// <summary>The curve of mislabelled samples found when checking by descending score.</summary>
    /// <param name="scores">One a training sample.</param>
    /// <param name="mislabelled">Indices of the samples known to be mislabelled.</param>
    public static DetectionCurve Curve(IReadOnlyList<double> scores, IReadOnlyCollection<int> mislabelled)
    {
        var known = mislabelled.ToHashSet();
        return DetectionCurve.Make(scores, [.. Enumerable.Range(0, scores.Count).Select(known.Contains)]);
    }
}
