namespace Dml.Engine.Verification;

/// <summary>Says which estimator to use, as far as the figures tell.</summary>
internal static class Recommending
{
    /// <summary>
    /// The estimator of the highest score, if the intervals of its differences to all others, over the same resampled subsets and targets, lie above 0;
    /// otherwise those that it cannot be told apart from too. None where its own interval holds 0.
    /// </summary>
    /// <param name="estimators">Name, and for each target its prediction of each subset; at least one.</param>
    /// <param name="real">What happened, of the same shape.</param>
    /// <param name="seed">Decides the resampling.</param>
    public static Recommendation Of(IReadOnlyList<(string Name, double[][] Predicted)> estimators, IReadOnlyList<double[]> real, int seed)
    {
        var ranked = estimators.OrderByDescending(e => DatamodelingScore.ByTarget(e.Predicted, real).Average()).ToList();
        var (best, predicted) = ranked[0];
        if (DatamodelingScore.Of(predicted, real, seed).Low <= 0)
        {
            return new([], $"For your retraining use none of {Listed(ranked.Select(e => e.Name), "and")}: no score is above 0 beyond doubt.");
        }

        if (ranked.Count == 1) return new([best], $"For your retraining {best} can be used; nothing was compared with it.");
        string[] alike = [.. ranked.Skip(1).Where(e => DatamodelingScore.Difference(predicted, e.Predicted, real, seed).Low <= 0).Select(e => e.Name)];
        return alike.Length == 0 ? new([best], $"For your retraining use {best}: its score is above every other beyond doubt.")
            : new([best, .. alike], $"For your retraining use {Listed([best, .. alike], "or")}, whose scores cannot be told apart.");
    }

    private static string Listed(IEnumerable<string> names, string last) => names.ToList() is [.. { Count: > 0 } first, var end]
        ? $"{string.Join(", ", first)} {last} {end}" : string.Concat(names);
}
