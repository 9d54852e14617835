using System.Globalization;
using Dml.Numerics;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of blame.</summary>
[Options]
internal sealed record BlameOptions
{
    /// <summary>
    /// Estimator of harm, whose scores must have a sign; null for eif, or where errors times training samples times classes exceed 2^38 for tracin, its
    /// first-order limit, whose cost for an error does not grow with the classes.
    /// </summary>
    public string? Estimator { get; init; }

    /// <summary>Training samples that are blamed for each error: its most harmful ones.</summary>
    [Range(1, 10000)]
    public int Blamed { get; init; } = 10;

    /// <summary>
    /// Most errors that are explained, evenly spread over all of them by ascending index of the item; null for 10,000, or fewer where errors times
    /// training samples would exceed 2^30, or that times the numbers of a feature 2^39.
    /// </summary>
    [Range(1, 10000000)]
    public int? Errors { get; init; }

    /// <summary>Most findings.</summary>
    [Range(1, 1000000)]
    public int Most { get; init; } = 100;
}

/// <summary>
/// The training images that most errors are blamed on: for every wrong test item with its neighbour, the most harmful training samples; a sample is
/// found where it is among them so often that fewer than one of all samples would be if each error drew its culprits at random. The value
/// is for how many errors.
/// </summary>
internal sealed class BlameCheck() : AuditCheck<BlameOptions>(
    "blame", 800, "Most blamed training images", "Training images that are among the most harmful for many errors.", BlameOptionsBinder.Schema,
    BlameOptionsBinder.Bind)
{
    /// <summary>Scores that are held at once where a loss has no scores of single samples.</summary>
    private const int MostScores = 1 << 26;

    /// <summary>Errors that one pass over the samples explains.</summary>
    private const int ErrorsAtOnce = 1024;

    /// <summary>Scores that are computed where nobody has said how many: about a minute's work.</summary>
    private const long UsualScores = 1L << 30;

    /// <summary>Products of features that are formed where nobody has said how many: at a thousand numbers a feature another minute's work.</summary>
    private const long UsualProducts = 1L << 39;

    private const int UsualErrors = 10000;

    /// <summary>Terms that eif computes where nobody has said which estimator: about two minutes' work.</summary>
    private const long MostTerms = 1L << 38;

    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, BlameOptions options)
    {
        if (!context.Model.HasPlugins) return NotRun("Opened without a loss, which harm is told by.");
        if (context.Count(Split.Test) < 2) return NotRun("Fewer than two test items, between which errors are.");
        var all = context.Model.Confusions.Pairs();
        if (all.Count == 0) return Section("No test item is wrong, so there is nothing to blame.");
        var errors = Spread(all, options.Errors ?? UsualCount(context.Count(Split.Training), context.Model.Features.TestFeatures.shape[1]));
        var estimator = options.Estimator
            ?? Usual(errors.Count, context.Count(Split.Training), context.Model.TrainingClassCount, context.Model.EstimatorNames);
        var (times, harm) = Count(context, errors, estimator, options.Blamed);
        var expected = (double)errors.Count * Math.Min(options.Blamed, times.Length) / times.Length;
        int[] found = [.. Enumerable.Range(0, times.Length).Where(i => times[i] > expected && PoissonTail.AtLeast(times[i], expected) < 1.0 / times.Length)
            .OrderByDescending(i => times[i]).ThenByDescending(i => harm[i]).Take(options.Most)];
        return Section(string.Create(CultureInfo.InvariantCulture,
            $"{found.Length} training images are among the {options.Blamed} most harmful for more of {Of(errors.Count, all.Count)} than chance "
                + $"allows; by chance an image is for {expected:0.0}; harm by {estimator}.")) with
        {
            Figures = [new("expected errors an image", expected, "For how many errors an image would be blamed if each drew its culprits at random.")],
            Findings = [.. found.Select(i => Finding(context, i, times[i], harm[i], expected, errors.Count))],
        };
    }

    /// <summary>How many errors are explained at most where nobody has said it.</summary>
    internal static int UsualCount(long samples, long featureSize) =>
        (int)Math.Clamp(Math.Min(UsualScores / samples, UsualProducts / (samples * featureSize)), 1, UsualErrors);

    /// <summary>The estimator where nobody has chosen one.</summary>
    internal static string Usual(int errors, int samples, int classes, IReadOnlyList<string> estimators) =>
        (Int128)errors * samples * classes > MostTerms && estimators.Contains("tracin") ? "tracin" : "eif";

    /// <summary>At most so many of them, at equal distances.</summary>
    internal static List<T> Spread<T>(IReadOnlyList<T> all, int most) =>
        all.Count <= most ? [.. all] : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * all.Count / most)])];

    private static string Of(int explained, int all) =>
        explained == all
            ? FormattableString.Invariant($"the {all} errors")
            : FormattableString.Invariant($"{explained} errors, which stand for all {all},");

    private AuditFinding Finding(AuditContext context, int index, int times, double harm, double expected, int errors) =>
        new(Name, "blamed-image", times, string.Create(CultureInfo.InvariantCulture,
            $"among the most harmful for {times} of {errors} errors, {expected:0.0} by chance; total harm there {harm:g3}"))
        {
            Items = [context.Item(Split.Training, index)],
            Scores = new Dictionary<string, double> { ["total harm"] = harm, ["expected errors"] = expected },
        };

    /// <summary>For how many errors each training sample is blamed, and its harm to them in all.</summary>
    private static (int[] Times, double[] Harm) Count(AuditContext context, List<Confusion> errors, string estimator, int blamed)
    {
        var samples = context.Count(Split.Training);
        var (times, total) = (new int[samples], new double[samples]);
        using var explainer = context.Model.Explainer(estimator, progress: context.Progress, cancellationToken: context.CancellationToken);
        if (!explainer.IsSigned)
        {
            throw new DmlException("audit.blame.estimator", "an estimator whose scores have a sign", estimator, "choose another, for example eif");
        }

        // Solved confusions of a loss of pairs are as large as all their scores.
        var atOnce = Math.Max(MostScores / samples, explainer.LossIsMeanOfSamples ? ErrorsAtOnce : 1);
        foreach (var block in errors.Chunk(atOnce))
        {
            foreach (var (sample, harm) in explainer.MostHarmful(block, blamed, context.Progress, context.CancellationToken).SelectMany(most => most))
            {
                times[sample]++;
                total[sample] += harm;
            }
        }

        return (times, total);
    }
}
