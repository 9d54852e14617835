using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>
/// TRAK by its definition: Phi row by row from the gradient of the output function in the whole weight and a projection drawn number by number.
/// </summary>
public class TrakTests
{
    [Theory]
    [InlineData(TrakOutput.Auto)]
    [InlineData(TrakOutput.Loss)]
    public void An_estimator_keeps_the_contract(TrakOutput output) =>
        EstimatorConformance.Check(() => new TrakEstimator(new() { Output = output, Dimensions = 64 }));

    [Theory]
    [InlineData(IfOracleTests.Kind.ProxyNca, TrakOutput.Auto, true, 7, 3, null)]
    [InlineData(IfOracleTests.Kind.ArcFace, TrakOutput.Auto, true, 30, 1, null)]
    [InlineData(IfOracleTests.Kind.SoftTriple, TrakOutput.LogOdds, true, 7, 2, 0.5)]
    [InlineData(IfOracleTests.Kind.ProxyNca, TrakOutput.Loss, false, 7, 2, null)]
    [InlineData(IfOracleTests.Kind.ProxyNcaOfThePaper, TrakOutput.Auto, false, 7, 2, null)]
    [InlineData(IfOracleTests.Kind.NormSoftmax, TrakOutput.Auto, true, 5, 1, 0.0)]
    public void Scores_equal_those_of_an_explicit_Phi(IfOracleTests.Kind kind, TrakOutput output, bool ofOdds, int dimensions, int draws, double? lambda)
    {
        using var problem = new SmallProblem(shape => IfOracleTests.Make(kind, shape), float64);
        AssertScores(problem.Context, new() { Output = output, Dimensions = dimensions, Draws = draws, Seed = 4, Lambda = lambda }, ofOdds);
    }

    [Fact]
    public void A_loss_that_cosines_say_nothing_of_is_linearised_itself()
    {
        using var problem = new SmallProblem(shape => new CentreLoss(shape), float64);
        AssertScores(problem.Context, new() { Dimensions = 7, Draws = 2, Seed = 4 }, ofOdds: false);
    }

    /// <summary>The paper's ensemble, word for word: (1/M sum_m Q_m) (1/M sum_m phi_m(d)^T K_m^-1 phi_m).</summary>
    [Theory]
    [InlineData(TrakOutput.Auto, true)]
    [InlineData(TrakOutput.Loss, false)]
    public void An_ensemble_is_the_mean_weight_times_the_mean_prediction(TrakOutput output, bool ofOdds)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var checkpoints = new CheckpointedProblem(problem.Context);
        using var scope = NewDisposeScope();
        TrakOptions options = new() { Output = output, Dimensions = 7, Draws = 2, Seed = 4, Ensemble = true };
        using var scores = Score(checkpoints.Context, options);
        using var alone = Score(problem.Context, options with { Ensemble = false });
        Assert.All(scores.Targets, t => Assert.EndsWith(", 3 models", t.Path, StringComparison.Ordinal));
        InfluenceContext[] models = [checkpoints.Context, .. checkpoints.Context.Checkpoints];
        foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            Assert.Equal(alone.Targets[row].Distance, scores.Targets[row].Distance, 1e-12);
            var (weights, predicted) = (new double[12], new double[12]);
            foreach (var (m, model) in models.Index())
            {
                var harm = new double[12];
                for (var draw = 0; draw < options.Draws; draw++) Add(harm, model, confusion, options with { Seed = 4 + m }, ofOdds, draw);
                for (var i = 0; i < 12; i++)
                {
                    var weight = Output(model, i, ofOdds).Weight;
                    weights[i] += weight / 3;
                    predicted[i] += harm[i] / weight / 3;
                }
            }

            double[] expected = [.. weights.Zip(predicted, (w, p) => w * p)];
            Assert.All(expected.Zip(scores.Harm[row].data<double>().ToArray()), x => Assert.Equal(x.First, x.Second, 1e-8 * expected.Max(Math.Abs)));
        }

        var error = Assert.Throws<DmlException>(() => Score(problem.Context, options));
        Assert.StartsWith("estimator.ensemble: expected false for a model without checkpoints, found true; give ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_alike_are_an_ensemble_that_says_the_same()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        TrakOptions options = new() { Dimensions = 7, Draws = 1, Ensemble = true };
        using var scores = Score(problem.Context with { Checkpoints = [problem.Context] }, options);
        using var first = Score(problem.Context, options with { Ensemble = false });
        using var second = Score(problem.Context, options with { Ensemble = false, Seed = 1 });
        Assert.InRange((((first.Harm + second.Harm) / 2) - scores.Harm).abs().max().item<double>(), 0, 1e-10 * first.Harm.abs().max().item<double>());
    }

    /// <summary>More numbers than are drawn at a time.</summary>
    [Fact]
    public void A_projection_in_several_blocks_is_the_whole_one()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        const int Width = 3000;
        Tensor Wide(long rows, double step) => (arange(rows * Width, float64) * step).sin().view(rows, Width);
        var context = problem.Context with { TrainFeatures = Wide(12, 0.37), TestFeatures = Wide(6, 0.53), HeadWeight = Wide(4, 0.71) / 20 };
        AssertScores(context, new() { Dimensions = 360, Draws = 1, Seed = 4 }, ofOdds: true);
    }

    [Fact]
    public void Log_odds_of_what_is_no_probability_and_a_singular_kernel_are_refused_with_advice_that_works()
    {
        using var problem = new SmallProblem(shape => IfOracleTests.Make(IfOracleTests.Kind.ProxyNcaOfThePaper, shape), float64);
        var error = Assert.Throws<DmlException>(() => Score(problem.Context, new() { Output = TrakOutput.LogOdds }));
        Assert.StartsWith(
            "estimator.output: expected loss or auto for a loss below 0, which is no negative logarithm of a probability, found logOdds with a loss of -",
            error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; set estimator.output to loss.", error.Message, StringComparison.Ordinal);
        Score(problem.Context, new() { Output = TrakOutput.Loss }).Dispose();
        var singular = Assert.Throws<DmlException>(() => Score(problem.Context, new() { Lambda = 0 }));
        Assert.StartsWith("estimator.lambda: expected H + lambda I to have an inverse, found an eigenvalue of ", singular.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rankings_stay_as_they_are()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scores = Score(problem.Context, new());
        Snapshot.Verify(Rankings.Of(scores));
    }

    [Fact]
    public void Live_tensors_after_100_calls_equal_those_before()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float32);
        using var estimator = new TrakEstimator(new() { Dimensions = 16 });
        estimator.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        Call();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 100; i++) Call();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Call() => estimator.Score(problem.Context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None).Dispose();
    }

    private static HarmScores Score(InfluenceContext context, TrakOptions options)
    {
        using var estimator = new TrakEstimator(options);
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None);
    }

    private static void AssertScores(InfluenceContext context, TrakOptions options, bool ofOdds)
    {
        using var scope = NewDisposeScope();
        using var scores = Score(context, options);
        Assert.All(scores.Targets, t => Assert.Equal(ofOdds ? "log odds of exp(-loss)" : "-loss", t.Path));
        foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            var expected = new double[context.TrainCount];
            for (var draw = 0; draw < options.Draws; draw++) Add(expected, context, confusion, options, ofOdds, draw);
            Assert.All(expected.Zip(scores.Harm[row].data<double>().ToArray()), x => Assert.Equal(x.First, x.Second, 1e-8 * expected.Max(Math.Abs)));
        }
    }

    private static void Add(double[] harm, InfluenceContext context, Confusion confusion, TrakOptions options, bool ofOdds, int draw)
    {
        var (count, dimensions, size) = ((int)context.TrainCount, options.Dimensions, (int)context.HeadWeight.numel());
        double[][] projection = [.. Enumerable.Range(0, dimensions).Select(j =>
        {
            var random = new CounterRandom(options.Seed, draw, j);
            return Enumerable.Range(0, size).Select(_ =>
                Math.Sqrt(-2 * Math.Log(1 - random.NextUnit())) * Math.Cos(2 * Math.PI * random.NextUnit()) / Math.Sqrt(dimensions)).ToArray();
        })];
        var outputs = Enumerable.Range(0, count).Select(i => Output(context, i, ofOdds)).ToArray();
        var phi = new double[count, dimensions];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < dimensions; j++) phi[i, j] = PlainGradients.Product(projection[j], outputs[i].Gradient);
        }

        var distance = PlainGradients.OfDistance(context, confusion);
        var ofDistance = tensor(projection.Select(row => PlainGradients.Product(row, distance)).ToArray()).unsqueeze(1);
        var rows = tensor(phi);
        var kernel = rows.t().mm(rows) / count;
        var lambda = options.Lambda ?? (0.1 * kernel.trace().item<double>() / dimensions);
        var predicted = rows.mm(linalg.inv(kernel + (lambda * eye(dimensions, dimensions, float64)))).mm(ofDistance);
        for (var i = 0; i < count; i++) harm[i] -= outputs[i].Weight * predicted[i, 0].item<double>() / options.Draws;
    }

    /// <summary>df_i/dW by automatic differentiation of f itself, and 1 - p_i.</summary>
    private static (double[] Gradient, double Weight) Output(InfluenceContext context, int sample, bool ofOdds)
    {
        var weight = context.HeadWeight.detach().clone().requires_grad_();
        var loss = context.Loss.PerSample(
            context.TrainFeatures.narrow(0, sample, 1).mm(weight.t()) + context.HeadBias, context.TrainLabels.narrow(0, sample, 1)).sum();
        var p = (-loss).exp();
        var output = ofOdds ? (p / (1 - p)).log() : -loss;
        output.backward();
        return (weight.grad!.flatten().data<double>().ToArray(), ofOdds ? 1 - p.item<double>() : 1);
    }
}
