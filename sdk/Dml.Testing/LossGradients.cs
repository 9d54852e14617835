using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>Gradients of a loss against central differences, in float64.</summary>
internal static class LossGradients
{
    private const double Step = 1e-5;

    /// <summary>Most elements of a tensor that are tried.</summary>
    private const int Elements = 40;

    /// <summary>Relative to the greatest gradient of the tensor.</summary>
    private const double Tolerance = 1e-5;

    public static void Check(LossProblem problem)
    {
        using var scope = NewDisposeScope();
        var embeddings = problem.Embeddings.clone().requires_grad_();

        // Unequal weights: a gradient that reached the wrong sample would be lost in a plain sum.
        var weights = linspace(0.5, 1.5, embeddings.shape[0], dtype: float64);
        Check(problem, problem.Member("PerSample"), embeddings, () => (problem.PerSample(embeddings, problem.Labels) * weights).sum());

        // With weights of 0: what is left out of a batch must leave no NaN in its gradient.
        var counts = problem.Weights();
        Check(problem, problem.Member("BatchLoss"), embeddings, () => problem.BatchLoss(embeddings, problem.Labels, counts));
        if (problem.Loss.IsMeanOfSamples) return;

        // Not at 1 itself, where a hardest sample may hand over to the next.
        var followed = linspace(0.52, 1.48, embeddings.shape[0], dtype: float64).requires_grad_();
        Tensor OfWeights() => problem.BatchLoss(problem.Embeddings, problem.Labels, followed);
        Expect.That(
            OfWeights().requires_grad, $"{problem.Member("BatchLoss")}: expected a result that is differentiable in the weights, found one without a gradient; "
                + $"multiply with them as they are given.");
        Compare(problem.Member("BatchLoss"), "the weights", followed, Gradients.Of(OfWeights(), followed), OfWeights);
    }

    private static void Check(LossProblem problem, string member, Tensor embeddings, Func<Tensor> value)
    {
        using var scope = NewDisposeScope();
        List<(string Name, Tensor Value)> inputs =
            [("the embeddings", embeddings), .. problem.Loss.Parameters.Select(p => ($"parameter \"{p.Name}\"", (Tensor)p.Value))];
        Expect.That(
            value().requires_grad,
            $"{member}: expected a result that is differentiable in the embeddings, found one without a gradient; do not detach or copy values out.");
        var gradients = Gradients.Of(Objective(), [.. inputs.Select(i => i.Value)]);
        foreach (var ((name, input), gradient) in inputs.Zip(gradients)) Compare(member, name, input, gradient, Objective);

        Tensor Objective()
        {
            using var inner = NewDisposeScope();
            var regularizer = problem.Loss.Regularizer();
            return (regularizer is null ? value() : value() + regularizer).MoveToOuterDisposeScope();
        }
    }

    private static void Compare(string member, string name, Tensor value, Tensor gradient, Func<Tensor> objective)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (flat, analytic) = (value.view(-1), gradient.reshape(-1));
        var largest = Math.Max(analytic.abs().max().item<double>(), 1e-3);
        var stride = Math.Max(1, flat.shape[0] / Elements);
        for (var i = 0L; i < flat.shape[0]; i += stride)
        {
            var (expected, found) = (Central(flat, i, objective), analytic[i].item<double>());
            Expect.That(
                Math.Abs(expected - found) <= Tolerance * largest,
                $"{member}: expected the gradient in {name} to be {expected:G6} at element {i} (central differences), found {found:G6}; "
                    + $"keep every step from inputs to values differentiable.");
        }
    }

    private static double Central(Tensor flat, long index, Func<Tensor> objective)
    {
        var value = flat[index].item<double>();
        var up = At(value + Step);
        var down = At(value - Step);
        flat[index] = value;
        return (up - down) / (2 * Step);

        double At(double moved)
        {
            using var scope = NewDisposeScope();
            flat[index] = moved;
            return objective().item<double>();
        }
    }
}
