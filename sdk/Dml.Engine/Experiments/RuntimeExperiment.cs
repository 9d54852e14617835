using System.Diagnostics;
using System.Globalization;
using Dml.Engine.Reporting;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>Settings of the experiment runtime.</summary>
[Options]
internal sealed record RuntimeOptions
{
    /// <summary>Estimators that are compared; their scores must have a sign.</summary>
    public IReadOnlyList<string> Estimators { get; init; } = ["eif", "if", "tracin"];

    /// <summary>Confusions as two test indices "A:B"; empty for the first wrong items.</summary>
    public IReadOnlyList<string> NamedPairs { get; init; } = [];

    /// <summary>Wrong items that are explained where none are named.</summary>
    [Range(1, 1000000)]
    public int TimedPairs { get; init; } = 10;

    /// <summary>Images that go through the backbone one at a time, as in the published code; the rest is extrapolated.</summary>
    [Range(1, 1000000)]
    public int TimedImages { get; init; } = 32;
}

/// <summary>
/// What explaining confusions costs (Liu et al., NeurIPS 2022, runtime): as in the published code, where every image goes through the
/// backbone alone and again for each confusion, and here, on cached features. The published way is timed on some images and extrapolated by
/// its own cost; this one is timed whole, on the same confusions.
/// </summary>
internal sealed class RuntimeExperiment()
    : Experiment<RuntimeOptions>(
        "runtime", "Measures what explaining costs, as in the published code and here.", RuntimeOptionsBinder.Schema, RuntimeOptionsBinder.Bind,
        RuntimeOptionsBinder.ToJson)
{
    private const int WarmUp = 3;
    private const double Damping = 0.01;
    private const double Scale = 500;

    /// <inheritdoc/>
    protected override ResultRecord Measure(ExperimentContext context, RuntimeOptions options)
    {
        var rows = new List<IReadOnlyList<ResultCell>>();
        var summary = new List<string>();
        var published = new List<(string Run, double Eif, double If)>();
        foreach (var run in context.Runs)
        {
            using var model = context.OpenModel(run);
            var pairs = ExperimentContext.Pairs(model, options.NamedPairs, options.TimedPairs);
            var costs = Measure(context, run, model, pairs[0], options.TimedImages);
            var samples = model.Features.TrainCount;
            var eif = (model.Features.TestCount + (2 * samples)) * costs.Forward;
            var classic = eif + (samples * (costs.Curvature + costs.Gradient));
            rows.Add(Row("eif", "published", "(M + 2 N) forward", eif));
            rows.Add(Row("if", "published", "(M + 2 N) forward + N (curvature + gradient)", classic));
            var fastest = double.PositiveInfinity;
            foreach (var estimator in context.Estimators(options.Estimators))
            {
                // The first use compiles the code; what is timed has it ready.
                context.Harm(model, estimator, [pairs[0]]);
                var clock = Stopwatch.StartNew();
                context.Harm(model, estimator, pairs);
                var seconds = clock.Elapsed.TotalSeconds;
                fastest = Math.Min(fastest, seconds);
                rows.Add(Row(estimator, "cached", "measured whole", seconds / pairs.Count));
            }

            rows.Add(Row(
                "any", "once", "(M + N) forward, shared by all confusions: the cached features",
                (model.Features.TestCount + samples) * costs.Forward / pairs.Count));
            published.Add((run.Name, eif, classic));
            summary.Add(string.Create(CultureInfo.InvariantCulture, $"{run.Name}: {pairs.Count} confusions of {samples} "
                + $"training and {model.Features.TestCount} test images take EIF {eif * pairs.Count:0} s and IF {classic * pairs.Count:0} "
                + $"s as published (extrapolated from {costs.Images} images), and {Figures.Short(fastest)} s cached by the fastest estimator here."));

            IReadOnlyList<ResultCell> Row(string estimator, string way, string cost, double seconds) =>
            [
                run.Name, estimator, way, cost, samples, model.Features.TestCount, pairs.Count, ResultCell.Short(seconds),
                ResultCell.Short(seconds * pairs.Count),
            ];
        }

        return new(
            Name, "What explaining costs",
            [.. summary, .. published.Select(p => FormattableString.Invariant(
                $"{p.Run}: published EIF takes {1 - (p.Eif / p.If):P1} less time than published IF by these costs; the paper reports 33.5 %."))],
            [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(
                ("published EIF", "features of the M test images, then the losses of the N training images before and after one walk, an image at a time"), (
                    "published IF",
                    "features of all images, one recursion of LiSSA over the N training images, an image at a time, then the gradient of each sample's loss"),
                ("images timed", $"{options.TimedImages}, median"), ("threads", $"{get_num_threads()}"), ("settings of estimators", context.ShownSettings)),
            [
                new(
                    "runtime", "Seconds by way and estimator",
                    ["run", "estimator", "way", "cost of a confusion", "training images (N)", "test images (M)", "confusions", "seconds a confusion",
                        "seconds for all"],
                    rows),
            ],
            [.. context.Runs.Select(run => new ResultFigure($"runtime-{run.Name}", $"Seconds a confusion, {run.Name}", "seconds", "")
            {
                Bars = [.. rows.Where(r => r[0].Text == run.Name).Select(r => new FigureBar($"{r[1].Text}, {r[2].Text}", r[^2].Number!.Value))],
                Logarithmic = true,
            })]);
    }

    /// <summary>Median seconds of an image's steps in the published code.</summary>
    private static Costs Measure(ExperimentContext context, ExperimentRun run, Model model, Confusion pair, int images)
    {
        var count = Math.Min(images, model.Features.TrainCount);
        int[] samples = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * model.Features.TrainCount / count))];
        using var network = context.OpenTrainingViews(run, samples);
        using var scope = NewDisposeScope();
        var head = network.Network.Head;
        var direction = Direction(model, pair);
        var estimate = direction.clone();
        var (forward, curvature, gradient) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = -WarmUp; i < count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var index = Math.Max(i, 0);
            var (width, height) = network.Transform.SizeOf(network.Images, index, Images.ImageView.Influence);
            var pixels = new float[3 * width * height];
            network.Transform.Look(network.Images, index, Images.ImageView.Influence, pixels);
            var image = tensor(pixels, [1, 3, height, width]);
            var label = tensor([(long)network.Images.Samples[index].ClassIndex]);

            var clock = Stopwatch.StartNew();
            Tensor features;
            using (no_grad())
            {
                features = network.Network.Features(image);
                network.Loss.PerSample(network.Network.Embed(features), label).item<float>();
            }

            var one = clock.Elapsed.TotalSeconds;
            Tensor Loss(Tensor weights) => network.Loss.PerSample(features.mm(weights.view(head.weight!.shape).t()) + head.bias!, label);
            clock.Restart();
            var product = Gradients.HessianProducts(Loss, head.weight!.detach().view(1, -1), estimate);
            (direction + ((1 - Damping) * estimate) - (product / Scale)).sum().item<float>();
            var two = clock.Elapsed.TotalSeconds;
            clock.Restart();
            using (enable_grad())
            {
                var weights = head.weight!.detach().view(1, -1).requires_grad_();
                (Gradients.Of(Loss(weights).sum(), weights) * estimate).sum().item<float>();
            }

            if (i < 0) continue;
            forward.Add(one);
            curvature.Add(two);
            gradient.Add(clock.Elapsed.TotalSeconds);
            context.Progress.Report(new("time the published way", i + 1, count));
        }

        return new(count, Median(forward), Median(curvature), Median(gradient));
    }

    /// <summary>The gradient of d in W, (1, E D): what IF multiplies with the inverse Hessian.</summary>
    private static Tensor Direction(Model model, Confusion pair)
    {
        using var scope = NewDisposeScope();
        var distance = ConfusionDistance.Of(pair, model.Features.TestFeatures, model.Features.HeadWeight, model.Features.HeadBias);
        var gradients = tensor(distance.Gradient(), [distance.Items.Count, distance.EmbeddingSize]);
        var features = tensor(distance.Features, [distance.Items.Count, distance.FeatureSize]);
        return gradients.t().mm(features).to(float32).view(1, -1).MoveToOuterDisposeScope();
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    /// <summary>Seconds of one image.</summary>
    /// <param name="Images">Images timed.</param>
    /// <param name="Forward">Backbone, head and loss.</param>
    /// <param name="Curvature">One step of the recursion: the product of the loss's Hessian in W and its update.</param>
    /// <param name="Gradient">The gradient of the loss in W on cached features, and its product with a direction.</param>
    private sealed record Costs(int Images, double Forward, double Curvature, double Gradient);
}
