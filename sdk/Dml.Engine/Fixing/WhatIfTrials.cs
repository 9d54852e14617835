using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Fixing;

/// <summary>
/// Trains the head further from where it stands, with and without changes of the training data, over the same batches: the reality that estimators
/// predict. Plain steps in float64, since leaving out one sample changes W by less than float32 keeps. Bias and proxies stay, as in every estimator.
/// </summary>
/// <param name="model">The model; it stays the caller's.</param>
internal sealed class WhatIfTrials(Model model) : IDisposable
{
    /// <summary>Far enough to see a sample's share, near enough for a derivative to hold.</summary>
    public static readonly HeadTraining Usual = new() { Steps = 50, LearningRate = 0.01 };

    private const int Halves = 2;
    private const int Judges = 1;

    private readonly Lock _using = new();
    private (Tensor Weight, bool[] Hits, QueryParts Parts)? _before;

    /// <summary>How the head is trained.</summary>
    public HeadTraining Training { get; init; } = Usual;

    /// <summary>Tries changes.</summary>
    /// <param name="confusion">The error to look at.</param>
    /// <param name="edits">The changes.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="DmlException">The changes do not fit the samples, or no query is left to judge by.</exception>
    public WhatIfOutcome Run(Confusion confusion, DataEdits edits, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        const int Stages = 2;
        var labels = edits.LabelsOf(model);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var explained = model.OpenContext(ScalarType.Float64);
        progress.Report(new("retrain the head without the changes", 0, Stages));
        var before = Before(explained.Context, cancellationToken);
        int[] judging = [.. before.Parts.Queries(Judges).Except(Of(confusion, before.Parts))];
        if (judging.Length == 0)
        {
            throw new DmlException($"{model.Features.Source}: expected queries of other classes than the error's to judge by, found none; add test items.");
        }

        progress.Report(new("retrain the head with the changes", 1, Stages));
        var context = explained.Context with { TrainLabels = tensor(labels) };
        var weight = Train(context, edits.Kept(labels.Length), cancellationToken);
        var hits = QueryHits.Of(model, weight, model.Features.HeadBias, cancellationToken);
        progress.Report(new("retrain the head with the changes", Stages, Stages));
        return new(
            Distance(confusion, before.Weight), Distance(confusion, weight),
            RecallGain.Of(before.Parts, judging, [before.Hits], [hits], Training.Seed, RecallGain.JudgingLevel), judging.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _before?.Weight.Dispose();

    /// <summary>The retraining without changes, which all what-ifs of a model share.</summary>
    private (Tensor Weight, bool[] Hits, QueryParts Parts) Before(InfluenceContext context, CancellationToken cancellationToken)
    {
        lock (_using)
        {
            if (_before is { } known) return known;
            var asTrained = QueryHits.Of(model, model.Features.HeadWeight, model.Features.HeadBias, cancellationToken);
            var weight = Train(context, [.. Enumerable.Repeat(true, (int)context.TrainCount)], cancellationToken).DetachFromDisposeScope();
            var hits = QueryHits.Of(model, weight, model.Features.HeadBias, cancellationToken);
            _before = (weight, hits, QueryParts.Deal([.. model.TestLabels.Take(hits.Length)], asTrained, Training.Seed, Halves));
            return _before.Value;
        }
    }

    private Tensor Train(InfluenceContext context, bool[] kept, CancellationToken cancellationToken)
    {
        // A mean divides by all samples, so a weight of N / kept makes it the mean of those kept. In a loss that is no mean it would weight pairs anew.
        var whole = context.Loss.IsMeanOfSamples ? kept.Length / (double)kept.Count(k => k) : 1;
        return HeadReplay.Train(context, Training, tensor(kept.Select(k => k ? whole : 0).ToArray()), cancellationToken);
    }

    /// <summary>The queries of the clusters that an error is of: its classes, or its items alone.</summary>
    private static IEnumerable<int> Of(Confusion confusion, QueryParts parts)
    {
        var items = confusion.Pairs.SelectMany(p => new[] { p.Anchor, p.Neighbour }).Where(i => i < parts.Clusters.Count);
        var clusters = items.Select(i => parts.Clusters[i]).ToHashSet();
        return Enumerable.Range(0, parts.Clusters.Count).Where(q => clusters.Contains(parts.Clusters[q]));
    }

    private double Distance(Confusion confusion, Tensor weight)
    {
        var distance = ConfusionDistance.Of(confusion, model.Features.TestFeatures, weight, model.Features.HeadBias);
        return distance.Evaluate(distance.Embeddings);
    }
}
