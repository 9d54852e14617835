using Dml.Engine;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// What a click costs: an explainer is opened, and pairs are asked about one by one, each up to its list of 50 causes; random features at the sizes of the
/// datasets. By the clock, and processor time over the number of cores, which is what free cores would take.
/// </summary>
internal static class ClickBench
{
    private const int Features = 2048;
    private const int Embedding = 512;
    private const int Pairs = 120;
    private const int Shown = 50;

    public static void Run(string[] arguments)
    {
        var cores = Math.Min(Environment.ProcessorCount, get_num_threads());
        foreach (var name in arguments.Where(InfluenceBench.Sizes.ContainsKey).DefaultIfEmpty("cub"))
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var (train, test, classes) = InfluenceBench.Sizes[name];
            random.manual_seed(0);
            var arrays = new ModelArrays
            {
                TrainingFeatures = randn(train, Features),
                TrainingLabels = randint(0, classes, [train]),
                TestFeatures = randn(test, Features),
                TestLabels = arange(test, int64) + classes,
                HeadWeight = randn(Embedding, Features) / Math.Sqrt(Features),
                HeadBias = zeros(Embedding),
                Proxies = randn(classes, Embedding),
            };
            using var model = Model.FromArrays(arrays, new ProxyNcaPPOptions());
            var read = Measure.Of(() => arrays.TrainingFeatures.sum().Dispose());
            Measure.Print($"{name}: N {train}, C {classes}, D {Features}, E {Embedding}, {cores} threads; a read of the features {1e3 * read.Wall:0.0} ms");
            Measure.Print($"  {"ms by the clock / processor ms over cores",-44}{"open",14}{"first",16}{"median",16}{"least",16}");
            foreach (var options in new object[] { new EifOptions(), new TracInOptions(), new ReplayOptions { Steps = 5 } }) Ask(model, options, cores);
        }
    }

    private static void Ask(Model model, object options, int cores)
    {
        Explainer? explainer = null;
        var open = Measure.Of(() => explainer = model.Explainer(options));
        using (explainer)
        {
            var pairs = Enumerable.Range(0, options is ReplayOptions ? 4 : Pairs).Select(t => Confusion.Of(new(2 * t, (2 * t) + 1))).ToList();
            var times = pairs.Select(pair => Measure.Of(() =>
            {
                using var answer = explainer!.Explain([pair]);
                _ = answer.MostHarmful(pair, Shown);
            })).ToList();

            // Until hot loops are compiled for speed.
            Time[] later = [.. times.Skip(times.Count / 2)];
            var median = new Time(Measure.Median(later.Select(t => t.Wall)), Measure.Median(later.Select(t => t.Processor)));
            var least = new Time(later.Min(t => t.Wall), later.Min(t => t.Processor));
            Measure.Print($"  {explainer!.Estimator,-44}{Text(open),14}{Text(times[0]),16}{Text(median),16}{Text(least),16}");
        }

        string Text(Time time) => FormattableString.Invariant($"{1e3 * time.Wall:0.0} / {1e3 * time.Processor / cores:0.0}");
    }
}
