using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Fixing;

/// <summary>
/// What an estimator says of changes, on the scale of the squared distance d. To first order a retraining of T plain steps of eta on the mean loss of N samples
/// moves d by <c>-eta T / N sum_i w_i t_i</c>, where <c>t_i = &lt;grad_W d, grad_W l_i&gt;</c> is the slope of d along sample i and w_i what the change
/// does to the sample's weight. An estimator's harm takes the place of t_i, brought to its scale by least squares over all samples, since each
/// estimator has a unit of its own. A new label adds the slope at that label, which estimators do not score.
/// </summary>
internal static class WhatIfPrediction
{
    private const long AtOnce = 4096;

    /// <summary>Predicts d after the changes, less d after the same training without them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="confusion">The error.</param>
    /// <param name="edits">The changes.</param>
    /// <param name="harm">(N) harm on the error by an estimator with a sign.</param>
    /// <param name="training">The retraining.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <returns>null where no derivative of a single sample exists, as in a loss that is no mean of samples, or the harm is 0 throughout.</returns>
    public static double? Of(
        Model model, Confusion confusion, DataEdits edits, IReadOnlyList<double> harm, HeadTraining training, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var explained = model.OpenContext(ScalarType.Float32);
        var context = explained.Context;
        var labels = edits.LabelsOf(model);
        if (!context.Loss.IsMeanOfSamples) return null;
        var slopes = Slopes(context, confusion, SampleRange.Grid(context.TrainCount, AtOnce), cancellationToken);
        var (along, square) = (harm.Zip(slopes, (h, t) => h * t).Sum(), harm.Sum(h => h * h));
        if (square == 0) return null;
        var scaled = harm.Select(h => h * along / square).ToArray();
        int[] excluded = [.. edits.Excluded.Distinct()];
        int[] relabelled = [.. edits.Relabels.Select(r => r.Index).Distinct().Except(excluded)];

        // Without m samples the mean is over N - m: the others count for a little more.
        var dropped = excluded.Sum(i => scaled[i]) - (excluded.Length * scaled.Average());
        var renamed = relabelled.Sum(i => scaled[i]) - AtLabels(context, confusion, relabelled, labels).Sum();
        return training.LearningRate * training.Steps / (context.TrainCount - excluded.Length) * (dropped + renamed);
    }

    /// <summary>t_i of all samples at their own labels.</summary>
    internal static double[] Slopes(InfluenceContext context, Confusion confusion, IReadOnlyList<SampleRange> blocks, CancellationToken cancellationToken)
    {
        var direction = Direction.Of(context, confusion);
        List<double> slopes = [];
        foreach (var block in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            slopes.AddRange(direction.Along(context, context.TrainFeaturesAt(block), context.TrainLabels.narrow(0, block.Start, block.Count)));
        }

        return [.. slopes];
    }

    private static double[] AtLabels(InfluenceContext context, Confusion confusion, int[] samples, long[] labels)
    {
        if (samples.Length == 0) return [];
        using var scope = NewDisposeScope();
        var features = context.TrainFeaturesAt([.. samples.Select(i => (long)i)]);
        return Direction.Of(context, confusion).Along(context, features, tensor(samples.Select(i => labels[i]).ToArray()));
    }

    /// <summary>grad_W d as sum_j q_j f_j^T over the items of a confusion.</summary>
    /// <param name="Gradients">q, (r, E).</param>
    /// <param name="Features">f, (r, D).</param>
    private sealed record Direction(Tensor Gradients, Tensor Features)
    {
        public static Direction Of(InfluenceContext context, Confusion confusion)
        {
            var distance = ConfusionDistance.Of(confusion, context.TestFeatures, context.HeadWeight, context.HeadBias);
            return new(
                tensor(distance.Gradient(), [distance.Items.Count, distance.EmbeddingSize]).to(context.Precision),
                tensor(distance.Features, [distance.Items.Count, distance.FeatureSize]).to(context.Precision));
        }

        /// <summary>sum_j (q_j . a_i)(f_j . f_i) with a_i the gradient of the sample's loss in its embedding.</summary>
        public double[] Along(InfluenceContext context, Tensor features, Tensor labels)
        {
            var gradients = LossGradients.InEmbeddings(context.Loss, LossGradients.Embed(context, features), labels);
            using var noGradient = no_grad();
            return (gradients.mm(Gradients.t()) * features.to(context.Precision).mm(Features.t())).sum(1).to(float64).Values<double>();
        }
    }
}
