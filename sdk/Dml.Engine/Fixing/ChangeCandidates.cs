namespace Dml.Engine.Fixing;

/// <summary>
/// Changes that are worth trying: first the labels that neighbours suggest, most suspicious first, then samples to leave out: those that cause the errors
/// which were explained, most harmful first, and that lie among another class without its having enough votes for a new label.
/// </summary>
internal static class ChangeCandidates
{
    /// <summary>Gathers them.</summary>
    /// <param name="suspects">All training samples, most suspicious first.</param>
    /// <param name="harm">(N) harm on the errors of the explaining part; empty where there are none.</param>
    /// <param name="leastVote">Share of the votes that makes a label a suggestion.</param>
    public static IReadOnlyList<DataChange> Of(IReadOnlyList<Suspect> suspects, IReadOnlyList<double> harm, double leastVote)
    {
        var misplaced = suspects.Where(s => s.SuggestedLabel != s.Label && s.Vote > s.OwnVote).ToList();
        var relabels = misplaced.Where(s => s.Vote >= leastVote).Select(s => Change(s, s.SuggestedLabel, s.SuggestedName));
        var exclusions = misplaced.Where(s => s.Vote < leastVote && HarmOf(s) > 0).OrderByDescending(HarmOf).Select(s => Change(s, null, null));
        return [.. relabels, .. exclusions];

        double HarmOf(Suspect s) => harm.Count == 0 ? 0 : harm[s.Index];

        DataChange Change(Suspect s, long? label, string? name) => new(s.Index, s.Id, s.Label, s.ClassName, label, name, s.Vote, HarmOf(s));
    }

    /// <summary>How many of the first candidates are tried: a quarter, half and all of the labels, then half and all of the exclusions too.</summary>
    /// <param name="candidates">The candidates.</param>
    public static IReadOnlyList<int> Cuts(IReadOnlyList<DataChange> candidates)
    {
        var labels = candidates.Count(c => c.NewLabel is not null);
        var rest = candidates.Count - labels;
        return [.. new[] { (labels + 3) / 4, (labels + 1) / 2, labels, labels + ((rest + 1) / 2), candidates.Count }.Where(cut => cut > 0).Distinct().Order()];
    }
}
