using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// One step of a training forwards, and backwards through its derivative. With g the gradient, <c>m' = b1 m + (1 - b1) g</c>, <c>v' = b2 v + (1 - b2) g^2</c>,
/// <c>r = sqrt(v' / (1 - b2^t))</c> a step of Adam is <c>W' = W - rate m' / (1 - b1^t) / (r + eps)</c>; of plain steps
/// <c>m' = momentum m + g</c>, <c>W' = W - rate m'</c>.
/// </summary>
internal sealed class HeadSteps(BatchGradients gradients, HeadTraining training)
{
    private bool IsAdam => training.Optimizer != HeadOptimizer.Sgd;

    /// <summary>What weight decay adds to a gradient.</summary>
    private double Decay => training.Optimizer == HeadOptimizer.AdamW ? 0 : training.WeightDecay;

    /// <summary>The state after a step.</summary>
    /// <param name="state">The state before it; stays as it is.</param>
    /// <param name="step">Number of the step, from 0.</param>
    /// <param name="batch">Its samples.</param>
    /// <param name="weights">(N) sample weights, or null for 1 throughout.</param>
    public HeadState Advance(HeadState state, int step, long[] batch, Tensor? weights)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (first, second) = Remember(state, Gradient(state, batch, weights));
        Tensor[] moved = [.. state.Parameters.Select((p, k) => (p * Shrink(k)) - (Move(first[k], second[k], step) * Rate(k)))];
        return new HeadState(moved, first, second).Kept();
    }

    /// <summary>The derivatives of T outcomes in the state before a step, from those in the state after it.</summary>
    /// <param name="before">The state before the step.</param>
    /// <param name="step">Number of the step, from 0.</param>
    /// <param name="batch">Its samples.</param>
    /// <param name="weights">(N) sample weights that it was made with, or null for 1 throughout.</param>
    /// <param name="adjoint">Derivatives in the state after it, each (T, ...).</param>
    /// <param name="ofWeights">(T, N): what the step adds to the derivatives in the samples' weights is added here.</param>
    public HeadState Retreat(HeadState before, int step, long[] batch, Tensor? weights, HeadState adjoint, Tensor ofWeights)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var parts = IsAdam ? BackThroughAdam(before, step, batch, weights, adjoint) : BackThroughPlain(adjoint);
        var (products, own) = gradients.Along(before.Parameters, batch, weights, [.. parts.Select(p => p.OfGradient)]);
        ofWeights.index_add_(1, tensor(batch), own, 1);
        foreach (var (k, part) in parts.Index())
        {
            products[k].add_(adjoint.Parameters[k], alpha: Shrink(k));
            if (Decay != 0) products[k].add_(part.OfGradient, alpha: Decay);
        }

        var (kept, keptSquares) = IsAdam ? (training.Beta1, training.Beta2) : (training.Momentum, 0);
        return new HeadState(products, [.. parts.Select(p => Scaled(p.OfFirst, kept))], [.. parts.Select(p => Scaled(p.OfSecond, keptSquares))]).Kept();
    }

    /// <summary>What is not remembered is one 0 for all, which costs nothing.</summary>
    private static Tensor Scaled(Tensor derivatives, double factor) => factor == 0 ? zeros([], dtype: float64) : derivatives * factor;

    private double Rate(int parameter) => parameter == 0 ? training.LearningRate : training.ProxyLearningRate ?? training.LearningRate;

    private double Shrink(int parameter) => training.Optimizer == HeadOptimizer.AdamW ? 1 - (Rate(parameter) * training.WeightDecay) : 1;

    private Tensor[] Gradient(HeadState state, long[] batch, Tensor? weights)
    {
        var found = gradients.At(state.Parameters, batch, weights);
        return [.. found.Zip(state.Parameters, (g, p) => Decay == 0 ? g : g + (p * Decay))];
    }

    private (Tensor[] First, Tensor[] Second) Remember(HeadState state, Tensor[] gradient) => IsAdam
        ? ([.. state.First.Zip(gradient, (m, g) => (m * training.Beta1) + (g * (1 - training.Beta1)))],
            [.. state.Second.Zip(gradient, (v, g) => (v * training.Beta2) + (g.square() * (1 - training.Beta2)))])
        : ([.. state.First.Zip(gradient, (m, g) => (m * training.Momentum) + g)], [.. state.Second.Select(v => v.clone())]);

    /// <summary>What a step takes off the parameters, without its rate.</summary>
    private Tensor Move(Tensor first, Tensor second, int step) => IsAdam
        ? first / Debias(training.Beta1, step) / ((second / Debias(training.Beta2, step)).sqrt() + training.Epsilon) : first;

    /// <summary>Derivatives in g, m' and v' of each parameter.</summary>
    private (Tensor OfGradient, Tensor OfFirst, Tensor OfSecond)[] BackThroughPlain(HeadState adjoint) =>
    [
        .. adjoint.Parameters.Select((p, k) =>
        {
            var ofFirst = (p * -Rate(k)).add_(adjoint.First[k]);
            return (ofFirst, ofFirst, adjoint.Second[k]);
        }),
    ];

    /// <inheritdoc cref="BackThroughPlain"/>
    private (Tensor OfGradient, Tensor OfFirst, Tensor OfSecond)[] BackThroughAdam(
        HeadState before, int step, long[] batch, Tensor? weights, HeadState adjoint)
    {
        var gradient = Gradient(before, batch, weights);
        var (first, second) = Remember(before, gradient);
        return [.. gradient.Select((g, k) => BackThroughAdam(k, step, g, first[k], second[k], adjoint))];
    }

    private (Tensor OfGradient, Tensor OfFirst, Tensor OfSecond) BackThroughAdam(
        int k, int step, Tensor gradient, Tensor first, Tensor second, HeadState adjoint)
    {
        var moved = adjoint.Parameters[k] * -Rate(k);
        var (c1, c2) = (Debias(training.Beta1, step), Debias(training.Beta2, step));
        var root = (second / c2).sqrt();
        var divisor = root + training.Epsilon;
        var ofMean = adjoint.First[k] + (moved / c1 / divisor);

        // Where no gradient was ever but 0 the root has no slope, and nothing moves.
        var slope = where(root > 0, first / c1 / divisor.square() / (root * (2 * c2)), zeros_like(root));
        var ofSquares = adjoint.Second[k] - (moved * slope);
        return ((ofMean * (1 - training.Beta1)) + (ofSquares * gradient * (2 * (1 - training.Beta2))), ofMean, ofSquares);
    }

    private static double Debias(double beta, int step) => 1 - Math.Pow(beta, step + 1);
}
