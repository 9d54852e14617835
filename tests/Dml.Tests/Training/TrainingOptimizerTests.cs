using Dml.Engine.Training;
using static TorchSharp.torch;
using OptimizerOptions = Dml.Engine.Training.OptimizerOptions;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class TrainingOptimizerTests
{
    private static readonly double[] Start = [0.7, -1.3, 2.1, 0.05];

    /// <summary>Adam (Kingma, Ba, ICLR 2015, algorithm 1) and AdamW (Loshchilov, Hutter, ICLR 2019, algorithm 2) as plain loops.</summary>
    [Theory]
    [InlineData(OptimizerKind.Adam, 1e-8)]
    [InlineData(OptimizerKind.Adam, 1.0)]
    [InlineData(OptimizerKind.AdamW, 1e-8)]
    public void Each_group_moves_as_in_a_plain_loop_with_its_own_rate_and_decay(object kindGiven, double epsilon)
    {
        var kind = (OptimizerKind)kindGiven;
        using var scope = NewDisposeScope();
        (double Rate, double Decay)[] groups = [(1e-2, 0), (3e-2, 0.1), (0.5, 0.02)];
        List<Parameter> parameters = [.. groups.Select(_ => new Parameter(tensor(Start, dtype: float64)))];
        using var optimizer = new TrainingOptimizer(
            groups.Zip(parameters, (g, p) => ((IReadOnlyList<Parameter>)[p], g.Rate, g.Decay)),
            new() { Kind = kind, Beta1 = 0.8, Beta2 = 0.95, Epsilon = epsilon });
        optimizer.SetRateFactor(0.5);
        for (var step = 0; step < 4; step++)
        {
            foreach (var parameter in parameters) parameter.grad = tensor(Gradient(step), dtype: float64);
            optimizer.Step();
        }

        foreach (var (group, parameter) in groups.Zip(parameters))
        {
            var expected = Plain(kind, 0.5 * group.Rate, group.Decay, epsilon);
            Assert.All(expected.Zip(parameter.data<double>().ToArray()), x => Assert.Equal(x.First, x.Second, 1e-12));
        }
    }

    [Fact]
    public void Head_and_proxies_take_the_decay_of_the_backbone_unless_they_have_one_of_their_own()
    {
        // With gradients of zero AdamW shrinks each weight by rate x decay, and nothing else happens.
        Assert.Equal((0.9f, 0.9f, 0.9f), Shrunk(new() { WeightDecay = 0.1 }));
        Assert.Equal((0.9f, 1f, 0.7f), Shrunk(new() { WeightDecay = 0.1, HeadWeightDecay = 0, ProxyWeightDecay = 0.3 }));
    }

    private static (float Backbone, float Head, float Proxies) Shrunk(OptimizerOptions options)
    {
        using var problem = new TinyProblem();
        using var scope = NewDisposeScope();
        using var step = new TrainingStep(
            problem.Model, problem.Loss, options with { Kind = OptimizerKind.AdamW, LearningRate = 1, HeadLearningRate = 1, ProxyLearningRate = 1 }, null,
            warmUp: false);
        Parameter[] parts = [problem.Model.Backbone.parameters().First(), problem.Model.Head.weight!, problem.Loss.Parameters[0].Value];
        using (no_grad())
        {
            foreach (var part in parts) part.fill_(1);
        }

        foreach (var part in parts) part.grad = zeros_like(part);
        step.Optimizer.Step();
        return (Value(0), Value(1), Value(2));

        float Value(int part) => parts[part].flatten()[0].item<float>();
    }

    private static double[] Gradient(int step) => [.. Start.Select((_, i) => Math.Sin((3 * step) + i) * (i + 1))];

    private static double[] Plain(OptimizerKind kind, double rate, double decay, double epsilon)
    {
        double[] weights = [.. Start], mean = new double[Start.Length], square = new double[Start.Length];
        for (var step = 0; step < 4; step++)
        {
            var gradient = Gradient(step);
            for (var i = 0; i < weights.Length; i++)
            {
                var g = kind == OptimizerKind.Adam ? gradient[i] + (decay * weights[i]) : gradient[i];
                mean[i] = (0.8 * mean[i]) + (0.2 * g);
                square[i] = (0.95 * square[i]) + (0.05 * g * g);
                var moved = rate * (mean[i] / (1 - Math.Pow(0.8, step + 1))) / (Math.Sqrt(square[i] / (1 - Math.Pow(0.95, step + 1))) + epsilon);
                weights[i] -= moved + (kind == OptimizerKind.AdamW ? rate * decay * weights[i] : 0);
            }
        }

        return weights;
    }
}
