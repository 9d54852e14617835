using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Settings of a walk along the gradient of d (numerics, section 6).</summary>
/// <param name="Steps">Most updates.</param>
/// <param name="LearningRate">Step size in W.</param>
/// <param name="StopAt">The walk ends once |d - d_0| reaches this.</param>
public readonly record struct WalkSettings(int Steps, double LearningRate, double StopAt);

/// <summary>
/// The end of a walk <c>W_{t+1} = W_t + sign * lr * grad_W d(W_t)</c>. Every gradient is a sum of outer products with the features
/// of the confusion's r test items, so <c>W' = W + C^T F_G</c> with coefficients C (r, E): the walk needs the r x r Gram matrix of the
/// features and vectors of embedding space alone, never W itself. Exact, in float64.
/// </summary>
/// <param name="Sign">+1 ascent, -1 descent.</param>
/// <param name="StepsDone">Updates done.</param>
/// <param name="Coefficients">C, row-major (r, E).</param>
/// <param name="Trajectory">d before each update, whether it followed or the walk stopped there, and at the end.</param>
public sealed record DistanceWalk(int Sign, int StepsDone, double[] Coefficients, IReadOnlyList<double> Trajectory)
{
    /// <summary>d(theta') - d(theta).</summary>
    public double DeltaDistance => Trajectory[^1] - Trajectory[0];

    /// <summary>Walks.</summary>
    /// <param name="distance">The confusion.</param>
    /// <param name="gram">Its Gram matrix, <see cref="ConfusionDistance.Gram"/>.</param>
    /// <param name="sign">+1 ascent, -1 descent.</param>
    /// <param name="settings">Steps, learning rate, bound.</param>
    public static DistanceWalk Run(ConfusionDistance distance, ReadOnlySpan<double> gram, int sign, WalkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(distance);
        var (count, size) = (distance.Items.Count, distance.EmbeddingSize);
        var embeddings = distance.Embeddings.ToArray();
        var gradient = new double[embeddings.Length];
        var coefficients = new double[embeddings.Length];
        var trajectory = new List<double>();
        var steps = 0;
        for (; steps < settings.Steps; steps++)
        {
            trajectory.Add(distance.Evaluate(embeddings, gradient));
            if (Math.Abs(trajectory[^1] - trajectory[0]) >= settings.StopAt) break;
            Vectors.AddScaled(coefficients, sign * settings.LearningRate, gradient);
            for (var j = 0; j < count; j++)
            {
                for (var k = 0; k < count; k++)
                {
                    Vectors.AddScaled(embeddings.AsSpan(j * size, size), sign * settings.LearningRate * gram[(j * count) + k], gradient.AsSpan(k * size, size));
                }
            }
        }

        trajectory.Add(distance.Evaluate(embeddings));
        return new(sign, steps, coefficients, trajectory);
    }

    /// <summary>theta' = W + C^T F_G in float64, (E, D): what a general path multiplies features with.</summary>
    /// <param name="distance">The confusion walked.</param>
    /// <param name="headWeight">W, (E, D).</param>
    public Tensor Weight(ConfusionDistance distance, Tensor headWeight)
    {
        ArgumentNullException.ThrowIfNull(distance);
        ArgumentNullException.ThrowIfNull(headWeight);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var count = distance.Items.Count;
        var coefficients = tensor(Coefficients, [count, distance.EmbeddingSize], device: headWeight.device);
        var features = tensor(distance.Features, [count, distance.FeatureSize], device: headWeight.device);
        return (headWeight.to(float64) + coefficients.t().mm(features)).MoveToOuterDisposeScope();
    }
}
