using Dml.Engine.Training;
using static TorchSharp.torch;

namespace Dml.Engine.Fixing;

/// <summary>
/// What changes of the training data do to the model, by training head and loss parameters from the beginning on features that stay. A repeat is an
/// initial head and an order of batches, the same with and without the changes, so that two outcomes differ by the changes alone.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="views">Features of the training samples as epochs see them in turn, (N, D) each; empty for the cached ones.</param>
/// <param name="options">Rates and epochs.</param>
/// <param name="keep">Computes a piece, or gives it where it was computed before.</param>
/// <param name="cancellationToken">Stops it.</param>
internal sealed class HeadTrials(
    Model model, IReadOnlyList<Tensor> views, FixOptions options, Func<string, Func<double[]>, double[]> keep, CancellationToken cancellationToken)
{
    private readonly HeadRetrainingOptions _batches = HeadBatches.Of(model);

    /// <summary>Whether each query's nearest neighbour has its class, in the model as it was trained.</summary>
    public bool[] AsTrained() => QueryHits.Of(model, model.Features.HeadWeight, model.Features.HeadBias, cancellationToken);

    /// <summary>The same after a retraining.</summary>
    /// <param name="changes">The changes that are made.</param>
    /// <param name="repeat">Decides initial head and batches.</param>
    public bool[] Retrained(IReadOnlyList<DataChange> changes, int repeat)
    {
        var name = $"repeat {repeat} {string.Join(' ', changes.Select(c => $"{c.Index}:{c.NewLabel}"))}";
        return [.. keep(name, () => [.. Train(changes, repeat).Select(hit => hit ? 1.0 : 0)]).Select(hit => hit > 0)];
    }

    private bool[] Train(IReadOnlyList<DataChange> changes, int repeat)
    {
        using var scope = NewDisposeScope();
        long[] labels = [.. model.TrainingLabels];
        double[] weights = [.. Enumerable.Repeat(1.0, labels.Length)];
        foreach (var change in changes)
        {
            if (change.NewLabel is { } label) labels[change.Index] = label;
            else weights[change.Index] = 0;
        }

        // Drawn by the labels that the model was trained with: with and without changes the batches are the same.
        var seed = options.Seed + (long)repeat;
        int[] classes = [.. model.TrainingLabels.Select(l => (int)l)];
        var sampler = ITrainingSampler.Of(model.Sampler, classes, _batches.BatchClasses, _batches.BatchImages, seed);
        int[][][] epochs = [.. Enumerable.Range(0, options.Epochs).Select(_ => sampler.NextEpoch().ToArray())];
        var head = new FreshHead(
            (model.Features.HeadWeight.shape[1], model.Features.EmbeddingSize), (epoch, samples) => Rows(epoch + repeat, samples), model.FreshLoss,
            new(options.Epochs, options.LearningRate, options.ProxyLearningRate));
        var (weight, bias) = head.Train(labels, weights, epochs, seed, cancellationToken);
        return QueryHits.Of(model, weight, bias, cancellationToken);
    }

    private Tensor Rows(int view, long[] samples)
    {
        if (views.Count > 0) return views[view % views.Count].index_select(0, tensor(samples));
        using var scope = NewDisposeScope();
        return model.Features.TrainRowsAt(samples).to(float32).MoveToOuterDisposeScope();
    }
}
