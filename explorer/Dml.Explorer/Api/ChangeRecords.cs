namespace Dml.Explorer.Api;

/// <summary>A change of the training data that is tried.</summary>
/// <param name="Sample">Training index.</param>
/// <param name="Action"><c>drop</c>, <c>relabel</c>, or <c>merge</c>: all samples of the sample's class get the other label.</param>
/// <param name="Class">The new label; left out with drop.</param>
internal sealed record ChangeBody(int Sample, string Action, int? Class = null)
{
    /// <summary>The actions that there are.</summary>
    public static IReadOnlyList<string> Actions { get; } = ["drop", "relabel", "merge"];
}

/// <summary>What would changes do to an error?</summary>
/// <param name="Error">Index of the wrong test item.</param>
/// <param name="Changes">At least one.</param>
/// <param name="Estimator">Who predicts; null for the run's own.</param>
internal sealed record WhatIfBody(int Error, IReadOnlyList<ChangeBody> Changes, string? Estimator = null);

/// <summary>What an estimator expects.</summary>
/// <param name="Distance">Squared distance of the unit embeddings now.</param>
/// <param name="Change">By how much the changes are expected to move it, beside a retraining without them; null where the estimator cannot tell.</param>
/// <param name="After">The distance with that change, or null.</param>
/// <param name="Estimator">Who says so.</param>
/// <param name="Says">How it was predicted, or why not, one sentence.</param>
internal sealed record WhatIfPredicted(double Distance, double? Change, double? After, string Estimator, string Says);

/// <summary>The prediction, and the job that finds out.</summary>
/// <param name="Predicted">The prediction.</param>
/// <param name="Job">Id of the job.</param>
internal sealed record WhatIfAnswer(WhatIfPredicted Predicted, string Job);

/// <summary>A distance after the same further training without and with changes.</summary>
/// <param name="Before">Without them.</param>
/// <param name="After">With them.</param>
/// <param name="Change">The difference, to be held against the prediction.</param>
internal sealed record BeforeAfter(double Before, double After, double Change);

/// <summary>R@1 of queries that have nothing to do with the changes.</summary>
/// <param name="Before">Without the changes.</param>
/// <param name="After">With them.</param>
/// <param name="Low">Lower end of the gain's interval of 95 %.</param>
/// <param name="High">Upper end.</param>
/// <param name="Judged">How many queries.</param>
internal sealed record JudgedRecall(double Before, double After, double Low, double High, int Judged);

/// <summary>What a what-if came to.</summary>
/// <param name="Distance">Squared distance of the unit embeddings, of heads trained further without and with the changes.</param>
/// <param name="Recall">R@1 of other queries.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record WhatIfResult(BeforeAfter Distance, JudgedRecall Recall, double Seconds);

/// <summary>What applying the decisions came to.</summary>
/// <param name="Relabels">Labels that change.</param>
/// <param name="Excludes">Samples that are left out.</param>
/// <param name="Files">The files that were written.</param>
/// <param name="Before">R@1 of the judging half without the changes.</param>
/// <param name="After">With them.</param>
/// <param name="Low">Lower end of the gain's interval of 95 %.</param>
/// <param name="High">Upper end.</param>
/// <param name="Judged">How many queries judge.</param>
/// <param name="Heads">Heads that were trained with the changes, and as many without: R@1 is their mean.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Says">All of it as a sentence.</param>
/// <param name="Next">What trains the run's config anew with the files.</param>
internal sealed record ApplyResult(
    int Relabels, int Excludes, IReadOnlyList<string> Files, double Before, double After, double Low, double High, int Judged, int Heads, double Seconds,
    string Says, string Next);
