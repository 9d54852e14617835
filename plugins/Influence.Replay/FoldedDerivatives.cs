using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// What each sample's weight does where it is there and where it is gone, from trainings that each lack one fold of the samples. A training that has fitted
/// its samples hardly tells a sample that counts a little less from one that counts in full, so the derivative at weights of 1 alone misses most of what
/// leaving it out does; the derivative at a weight of 0 says too much. A sample's score is a mean of both, in the proportion that tells best,
/// by least squares, how d came out of the trainings without the folds. Each target is treated by itself.
/// </summary>
/// <param name="targets">T.</param>
/// <param name="samples">N.</param>
internal sealed class FoldedDerivatives(long targets, long samples) : IDisposable
{
    /// <summary>Less of the square of a column's part that is its own means that two columns say the same.</summary>
    private const double LeastOwn = 1e-9;

    /// <summary>Square of derivatives that are all 0, of which the reciprocal is still finite.</summary>
    private const double Least = 1e-280;

    /// <summary>A training is far more chaotic than the others where its derivatives are twice as long as the usual one's; this is the square.</summary>
    private const double FarAbove = 4;

    private readonly Tensor _there = zeros([targets, samples], float64);
    private readonly Tensor _counted = zeros([targets, samples], float64);
    private readonly List<Outcome> _outcomes = [];

    /// <summary>Adds a training that lacks a fold.</summary>
    /// <param name="order">Its order of batches; each order has all folds.</param>
    /// <param name="gone">(N) 1 where a sample is gone, else 0; it must stay alive.</param>
    /// <param name="derivatives">(T, N) of d in the samples' weights.</param>
    /// <param name="distances">d of each target after it.</param>
    public void Add(int order, Tensor gone, Tensor derivatives, double[] distances)
    {
        using var scope = NewDisposeScope();

        // A training that is more chaotic than the others has larger derivatives, and says less.
        var trust = derivatives.square().sum(1, keepdim: true).clamp_min(Least).reciprocal();
        _there.add_(derivatives * (1 - gone) * trust);
        _counted.add_((1 - gone) * trust);
        _outcomes.Add(new(
            order, gone, derivatives.index_select(1, gone.nonzero().flatten()).DetachFromDisposeScope(), trust.DetachFromDisposeScope(), distances));
    }

    /// <summary>What a sample's weight does to d, (T, N), float64.</summary>
    public Tensor Mean()
    {
        var (there, gone) = (_there / _counted, Gone());
        var folds = stack(_outcomes.Select(o => o.Gone)).t();
        var (ofThere, ofGone) = (Rows(there.mm(folds)), Rows(gone.mm(folds)));
        var shares = Enumerable.Range(0, (int)targets).Select(t => ShareThere(
            Centred(f => -ofThere[t][f]), Centred(f => -ofGone[t][f]), Centred(f => _outcomes[f].Distances[t])));
        var share = tensor(shares.ToArray()).unsqueeze(1);
        return (there * share) + (gone * (1 - share));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var outcome in _outcomes)
        {
            outcome.OfGone.Dispose();
            outcome.Trust.Dispose();
        }
    }

    /// <summary>The derivatives of samples that are gone; of a training far more chaotic than the others, as much as it is to be trusted.</summary>
    private Tensor Gone()
    {
        var gone = zeros([targets, samples], float64);
        var usual = cat([.. _outcomes.Select(o => o.Trust)], 1).sort(1).Values.narrow(1, (_outcomes.Count - 1) / 2, 1);
        foreach (var outcome in _outcomes)
        {
            gone.index_add_(1, outcome.Gone.nonzero().flatten(), outcome.OfGone * (FarAbove * outcome.Trust / usual).clamp_max(1), 1);
        }

        return gone / _outcomes.DistinctBy(o => o.Order).Count();
    }

    /// <summary>The part of the first of two columns in the sum of both, with factors of at least 0, that is nearest to what is to be told.</summary>
    private static double ShareThere(double[] there, double[] gone, double[] told)
    {
        var (aa, ab, bb) = (Dot(there, there), Dot(there, gone), Dot(gone, gone));
        var (ac, bc) = (Dot(there, told), Dot(gone, told));
        var determinant = (aa * bb) - (ab * ab);

        // Both say the same, or neither says anything of what came out: nothing decides between them.
        if (determinant <= LeastOwn * aa * bb || (ac <= 0 && bc <= 0)) return 0.5;
        var (u, v) = ((ac * bb) - (bc * ab), (bc * aa) - (ac * ab));
        return u <= 0 ? 0 : v <= 0 ? 1 : u / (u + v);
    }

    private static double Dot(double[] one, double[] other) => one.Zip(other, (a, b) => a * b).Sum();

    private static double[][] Rows(Tensor matrix) => [.. Enumerable.Range(0, (int)matrix.shape[0]).Select(t => matrix[t].data<double>().ToArray())];

    /// <summary>Values of the folds less their mean in the same order of batches, which has a d of its own.</summary>
    private double[] Centred(Func<int, double> value)
    {
        double[] values = [.. Enumerable.Range(0, _outcomes.Count).Select(value)];
        var means = values.Index().GroupBy(v => _outcomes[v.Index].Order, v => v.Item).ToDictionary(g => g.Key, g => g.Average());
        return [.. values.Select((v, f) => v - means[_outcomes[f].Order])];
    }

    /// <param name="Order">Order of batches.</param>
    /// <param name="Gone">(N) 1 where a sample is gone.</param>
    /// <param name="OfGone">(T, gone) derivatives of those that are gone.</param>
    /// <param name="Trust">(T, 1).</param>
    /// <param name="Distances">d of each target.</param>
    private sealed record Outcome(int Order, Tensor Gone, Tensor OfGone, Tensor Trust, double[] Distances);
}
