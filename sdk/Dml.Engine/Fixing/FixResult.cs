using Dml.Engine.Fixing;

namespace Dml.Engine;

/// <summary>A change of the training data: another label, or a sample left out.</summary>
/// <param name="Index">Training index.</param>
/// <param name="Id">Stable name.</param>
/// <param name="Label">The label that was trained on.</param>
/// <param name="ClassName">Name of that class.</param>
/// <param name="NewLabel">The suggested label; null to leave the sample out.</param>
/// <param name="NewName">Name of that class; null to leave the sample out.</param>
/// <param name="Vote">
/// Share of the neighbours' votes for the suggested label, or of a sample to be left out for the class they like best; NaN for a change that a person made.
/// </param>
/// <param name="Harm">Harm of the sample on the errors of the explaining part; 0 where it has none, NaN for a change that a person made.</param>
public sealed record DataChange(int Index, string Id, long Label, string ClassName, long? NewLabel, string? NewName, double Vote, double Harm);

/// <summary>A third of the test items, as queries against all of them.</summary>
/// <param name="Queries">How many.</param>
/// <param name="Classes">Of how many classes; each class is in one part wherever there are enough of them.</param>
/// <param name="Wrong">Queries whose nearest neighbour has another class, in the model as it was trained.</param>
public sealed record FixPart(int Queries, int Classes, int Wrong);

/// <summary>What changes do to R@1 of a part: retrainings with them against the same retrainings without.</summary>
/// <param name="Before">Mean R@1 without the changes.</param>
/// <param name="After">Mean R@1 with them.</param>
/// <param name="Low">Lower end of the gain's interval, a bootstrap over classes: of 95 % where it is judged, of 80 % where it is chosen by.</param>
/// <param name="High">Upper end.</param>
/// <param name="PValue">Of Wilcoxon's signed-rank test of the gains of the classes, two-sided.</param>
/// <param name="ByRepeat">The gain of each pair of retrainings.</param>
public sealed record FixGain(double Before, double After, double Low, double High, double PValue, IReadOnlyList<double> ByRepeat)
{
    /// <summary>Mean gain of R@1, 0.01 being a point.</summary>
    public double Mean => After - Before;
}

/// <summary>
/// The first so many of the candidates, as tried: new labels alone on the explaining and the choosing part, from neither of which they come; with samples
/// to leave out, which the errors of the explaining part chose, on the choosing part.
/// </summary>
/// <param name="Changes">How many.</param>
/// <param name="Queries">By how many queries.</param>
/// <param name="Gain">What they gained there.</param>
public sealed record FixTrial(int Changes, int Queries, FixGain Gain);

/// <summary>Which changes of the training data are worth making, and what they are worth.</summary>
/// <param name="Explaining">The part whose errors were explained.</param>
/// <param name="Choosing">The part by which was decided how many changes are kept; of new labels, the explaining part too.</param>
/// <param name="Judging">The part that nothing was chosen by.</param>
/// <param name="Candidates">All changes that were tried, in the order in which they are kept.</param>
/// <param name="Trials">What was tried.</param>
/// <param name="Kept">The changes that are worth making; often none.</param>
/// <param name="Judged">What they gain on the judging part, by retrainings that nothing was chosen by; null where nothing is kept.</param>
/// <param name="Views">Augmented views that the retrainings saw; 0 for the cached features.</param>
public sealed record FixResult(
    FixPart Explaining, FixPart Choosing, FixPart Judging, IReadOnlyList<DataChange> Candidates, IReadOnlyList<FixTrial> Trials,
    IReadOnlyList<DataChange> Kept, FixGain? Judged, int Views)
{
    /// <summary>What came out, one sentence.</summary>
    public string Sentence => FixText.Of(this);

    /// <summary>The kept changes of labels.</summary>
    public IReadOnlyList<Relabel> Relabels => [.. Kept.Where(c => c.NewLabel is not null).Select(c => new Relabel(c.Index, c.NewLabel!.Value))];

    /// <summary>Ids of the samples to leave out.</summary>
    public IReadOnlyList<string> Excluded => [.. Kept.Where(c => c.NewLabel is null).Select(c => c.Id)];
}
