using static TorchSharp.torch;

namespace Dml.Numerics;

public sealed partial class LossShares
{
    /// <summary>||ds_i/dW||^2 at the trained W. A backward pass for each time that a sample is drawn.</summary>
    /// <param name="cancellationToken">Stops it between batches.</param>
    /// <returns>(N), float64, without a graph.</returns>
    public Tensor SquaredGradients(CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var squares = Zeros(_context.TrainCount);
        var weight = Weight(_context.HeadWeight);
        foreach (var samples in SampleRange.Grid(_context.TrainCount, Math.Max(1, Elements / weight.numel())))
        {
            using var samplesScope = NewDisposeScope();
            var gradients = zeros([samples.Count, weight.shape[0], weight.shape[1]], dtype: float64, device: weight.device);
            foreach (var set in _loss.Sets) AddGradients(set, samples, weight, gradients, cancellationToken);
            squares.narrow(0, samples.Start, samples.Count).copy_(gradients.square().sum([1, 2]));
        }

        return squares.MoveToOuterDisposeScope();
    }

    /// <summary>Adds <c>N d/dW dL/dw_i = sum_j (d/de_j dL/dw_i) f_j^T</c> of some samples, where they are in a batch.</summary>
    private void AddGradients(SampleSet set, SampleRange samples, Tensor weight, Tensor gradients, CancellationToken cancellationToken)
    {
        int[] places = [.. Enumerable.Range(0, (int)set.Count).Where(p => set.Index(p) is var i && i >= samples.Start && i < samples.Start + samples.Count)];
        if (places.Length == 0) return;
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        var (embeddings, weights) = Point(set, weight);
        var shares = Gradients.Followed(_loss.At(set, 0, embeddings, weights)[0].Sum * (_context.TrainCount / _loss.Divisor), weights);
        if (!shares.requires_grad) return;
        var features = cat([.. set.Features().Select(rows => rows())]);
        foreach (var place in places)
        {
            using var placeScope = NewDisposeScope();
            var inEmbeddings = Gradients.Kept(shares[place], [embeddings])[0];
            gradients[set.Index(place) - samples.Start].addmm_(inEmbeddings.t(), features, 1, 1);
        }
    }
}
