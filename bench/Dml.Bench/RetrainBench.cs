using System.Diagnostics;
using System.Globalization;
using Dml.Engine.Training;
using TorchSharp;

namespace Dml.Bench;

/// <summary>One epoch of reweighted retraining of the head at CUB size, and what the table of 100 pairs by two estimators and a coin would take.</summary>
internal static class RetrainBench
{
    private const int Runs = 5;
    private const int Pairs = 100;
    private const int Retrainings = 3 * Pairs;

    public static void Run(string[] arguments)
    {
        using var scope = torch.NewDisposeScope();
        var (context, _) = InfluenceBench.CubProblem();
        using var loss = context.Loss;
        var retraining = new HeadRetraining(new());
        double[] weights = [.. Enumerable.Range(0, (int)context.TrainCount).Select(i => 2.0 * (i % 2))];
        var seconds = new List<double>();
        for (var run = 0; run <= Runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            using var head = retraining.Run(context, weights, run, new Progress<ProgressReport>(), CancellationToken.None);
            if (run > 0) seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        seconds.Sort();
        var median = seconds[Runs / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"an epoch: {median:0.00} s (median of {Runs}, {seconds[0]:0.00} to {seconds[^1]:0.00}); "
                + $"{Retrainings} of them: {median * Retrainings / 60:0.0} min"));
    }
}
