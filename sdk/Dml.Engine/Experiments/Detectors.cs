using Dml.Engine.Explaining;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>All that ranks training samples by how likely their label is wrong, each as one suspicion a sample, higher = more suspicious.</summary>
/// <param name="context">The experiment.</param>
/// <param name="estimators">The estimators that are asked for.</param>
/// <param name="groups">Confusion groups whose harm is averaged.</param>
internal sealed class Detectors(ExperimentContext context, IReadOnlyList<string> estimators, int groups)
{
    /// <summary>Names: the signed estimators that are asked for, and the training scorers that are loaded.</summary>
    public IReadOnlyList<string> Names { get; } =
        [.. context.Estimators(estimators), .. context.Catalog.OfKind(PluginKind.Scorer).Select(p => p.Name).Order(StringComparer.Ordinal)];

    /// <summary>The suspicion of all samples of a run; null where the run lacks what the scorer needs, as moments of its training.</summary>
    /// <param name="run">The run.</param>
    /// <param name="detector">One of <see cref="Names"/>.</param>
    public double[]? Scores(ExperimentRun run, string detector)
    {
        try
        {
            return context.Units.Get($"{run.Folder.Path} {detector}", () => IsScorer(detector) ? Suspicion(run, detector) : Harm(run, detector));
        }
        catch (DmlException refusal) when (refusal.Option == ScorerOption && IsScorer(detector))
        {
            context.Progress.Report(new("left out", 0, 0, $"{detector} on {run.Name}: {refusal.Message}"));
            return null;
        }
    }

    /// <summary>Votes of the nearest other training samples, which is what makes them leave-one-out.</summary>
    public static NeighbourVotes Votes(Model model) => model.NeighbourVotes();

    public static long[] Labels(Model model) => model.Features.TrainLabels.Values<long>();

    /// <summary>The option by which a scorer says that a model lacks what it needs.</summary>
    private const string ScorerOption = "scorer";

    private bool IsScorer(string detector) => context.Catalog.OfKind(PluginKind.Scorer).Any(p => p.Name == detector);

    private double[] Suspicion(ExperimentRun run, string scorer)
    {
        using var model = context.OpenModel(run, scorer);
        model.ReadCheckpoints(run.Folder.Moments);
        return model.Suspicion(ScalarType.Float32, context.Progress, context.CancellationToken).Values;
    }

    /// <summary>Mean of harm / ||harm|| over the worst confusion groups.</summary>
    private double[] Harm(ExperimentRun run, string estimator)
    {
        using var model = context.OpenModel(run);
        var targets = new TargetSelection { Groups = groups }.Choose(model.TestLabels, model.Neighbours);
        return MislabelDetection.Suspicion(context.Harm(model, estimator, targets), HarmAggregate.Mean);
    }
}
