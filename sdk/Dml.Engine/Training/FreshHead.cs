using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Engine.Training;

/// <summary>How a head is trained from the beginning.</summary>
/// <param name="Epochs">Epochs; the rates are divided by ten in the last quarter.</param>
/// <param name="LearningRate">Of weight and bias.</param>
/// <param name="ProxyLearningRate">Of the loss's parameters.</param>
internal sealed record FreshHeadOptions(int Epochs, double LearningRate, double ProxyLearningRate);

/// <summary>A linear head and the loss's parameters, trained from the beginning by Adam on features that stay.</summary>
/// <param name="features">D and E.</param>
/// <param name="rows">Features of some samples, (n, D), as an epoch sees them.</param>
/// <param name="loss">Makes a loss with initial parameters from torch's generator.</param>
/// <param name="options">Rates and epochs.</param>
internal sealed class FreshHead(
    (long Inputs, long Outputs) features, Func<int, long[], Tensor> rows, Func<IMetricLoss> loss, FreshHeadOptions options)
{
    private const double LastQuarter = 0.75;

    /// <summary>Trains.</summary>
    /// <param name="labels">(N) class indices.</param>
    /// <param name="weights">(N) weights, 0 to leave a sample out.</param>
    /// <param name="epochs">For each epoch its batches.</param>
    /// <param name="seed">Decides the initial parameters.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>W (E, D) and b (E), float32; the caller disposes of them.</returns>
    /// <exception cref="DmlException">The loss is not finite.</exception>
    public (Tensor Weight, Tensor Bias) Train(
        long[] labels, double[] weights, IReadOnlyList<int[][]> epochs, long seed, CancellationToken cancellationToken)
    {
        using var gradients = enable_grad();
        using var scope = NewDisposeScope();
        var state = random.get_rng_state();
        manual_seed(seed);
        var head = nn.Linear(features.Inputs, features.Outputs);
        using var criterion = loss();
        random.set_rng_state(state);
        using var adam = Optimizer(head, criterion);
        foreach (var (epoch, batches) in epochs.Index())
        {
            if (epoch == (int)(LastQuarter * options.Epochs) && epoch > 0)
            {
                foreach (var group in adam.ParamGroups) group.LearningRate /= 10;
            }

            foreach (var batch in batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Step(head, criterion, adam, epoch, batch, labels, weights);
            }
        }

        return (head.weight!.detach().MoveToOuterDisposeScope(), head.bias!.detach().MoveToOuterDisposeScope());
    }

    private Adam Optimizer(Linear head, IMetricLoss criterion)
    {
        List<Adam.ParamGroup> groups = [new([head.weight!, head.bias!], options.LearningRate)];
        Parameter[] proxies = [.. criterion.Parameters.Select(p => p.Value)];
        if (proxies.Length > 0) groups.Add(new(proxies, options.ProxyLearningRate));
        return optim.Adam(groups, options.LearningRate);
    }

    private void Step(Linear head, IMetricLoss criterion, Adam adam, int epoch, int[] batch, long[] labels, double[] weights)
    {
        using var scope = NewDisposeScope();
        long[] samples = [.. batch.Select(i => (long)i)];
        var batchLabels = tensor(batch.Select(i => labels[i]).ToArray());
        var batchWeights = tensor(batch.Select(i => (float)weights[i]).ToArray());
        var value = criterion.BatchLoss(head.forward(rows(epoch, samples)), batchLabels, batchWeights);
        if (criterion.Regularizer() is { } regularizer) value = value + regularizer;
        if (!double.IsFinite(value.to(float64).item<double>()))
        {
            throw new DmlException(
                null, "a finite loss in the training of a head", "NaN or infinity", $"lower its learning rates, now {options.LearningRate} and "
                    + $"{options.ProxyLearningRate} of the loss's parameters");
        }

        adam.zero_grad();
        value.backward();
        adam.step();
    }
}
