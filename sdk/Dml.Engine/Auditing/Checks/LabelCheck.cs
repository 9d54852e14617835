using System.Globalization;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of labels.</summary>
[Options]
internal sealed record LabelCheckOptions
{
    /// <summary>Probability that a label is wrong from which on it is found.</summary>
    [Range(0, 1)]
    public double Probability { get; init; } = 0.5;

    /// <summary>Most findings.</summary>
    [Range(1, 10000000)]
    public int Most { get; init; } = 1000;

    /// <summary>Neighbours of each that speak for the suggested label.</summary>
    [Range(1, 100)]
    public int Neighbours { get; init; } = 5;

    /// <summary>Training scorers whose scores stand beside the consensus; empty for all that are loaded and that the model has what they need for.</summary>
    public IReadOnlyList<string> Scorers { get; init; } = [];
}

/// <summary>
/// Training samples whose label is more likely wrong than right by the consensus of detectors (numerics, section 8). The value is that probability.
/// </summary>
internal sealed class LabelCheck() : AuditCheck<LabelCheckOptions>(
    "labels", 100, "Wrong labels", "Training samples whose label the other samples speak against.", LabelCheckOptionsBinder.Schema,
    LabelCheckOptionsBinder.Bind)
{
    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, LabelCheckOptions options)
    {
        if (context.Count(Split.Training) < 2) return NotRun("Fewer than two training samples, which are judged by each other.");
        var consensus = context.Model.Consensus(context.CancellationToken);
        var suspects = context.Model.Suspects(consensus.LogOdds, context.CancellationToken)
            .TakeWhile(s => Wrong(s.Suspicion) >= options.Probability).Take(options.Most).ToList();
        var scores = suspects.Count == 0 ? [] : Scores(context, options.Scorers);
        var speaking = suspects.Count == 0 ? [] : context.Model.SpeakingFor(suspects, options.Neighbours, context.CancellationToken);
        var share = consensus.OfEmbeddings.WrongShare;
        return Section(string.Create(CultureInfo.InvariantCulture,
            $"{suspects.Count} of {context.Count(Split.Training)} training labels are more likely wrong than right; "
                + $"about {share:P1} are estimated to be wrong.")) with
        {
            Figures = [new("estimated share of wrong labels", share, "The share of labels that is likeliest to give what the embeddings show.")],
            Findings = [.. suspects.Zip(speaking, (suspect, neighbours) => Finding(context, suspect, neighbours, scores))],
        };
    }

    private AuditFinding Finding(
        AuditContext context, Suspect suspect, IReadOnlyList<Neighbour> neighbours, IReadOnlyDictionary<string, double[]> scores)
    {
        var seen = neighbours.Count == 0
            ? "its samples lie around it" : $"{(neighbours.Count == 1 ? "a near neighbour has" : $"{neighbours.Count} near neighbours have")} that label";
        return new(
            Name, "wrong-label", Wrong(suspect.Suspicion), $"labelled {suspect.ClassName}, looks like {suspect.SuggestedName}: {seen}")
        {
            Items = [context.Item(Split.Training, suspect.Index)],
            Evidence = [.. neighbours.Select(n => context.Item(Split.Training, n.Index))],
            Suggestion = suspect.SuggestedName,
            Confidence = suspect.Confidence,
            Scores = scores.ToDictionary(s => s.Key, s => s.Value[suspect.Index], StringComparer.Ordinal),
        };
    }

    /// <summary>Every scorer by itself; a scorer that the model lacks something for is left out.</summary>
    private static Dictionary<string, double[]> Scores(AuditContext context, IReadOnlyList<string> asked)
    {
        var found = new Dictionary<string, double[]>(StringComparer.Ordinal);
        if (asked.Count == 0 && !context.CanSearch(Split.Training)) return found;
        foreach (var scorer in asked.Count > 0 ? asked : context.Model.ScorerNames)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                found[scorer] = [.. context.Model.ScoresOf(scorer, context.Progress, context.CancellationToken)];
            }
            catch (DmlException refusal) when (asked.Count == 0)
            {
                context.Progress.Report(new("left out", 0, 0, $"{scorer}: {refusal.Message}"));
            }
        }

        return found;
    }

    private static double Wrong(double logOdds) => 1 / (1 + Math.Exp(-logOdds));
}
