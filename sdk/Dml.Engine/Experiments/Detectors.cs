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
    private const long EmbeddedAtOnce = 4096;

    private const string Loss = "loss";
    private const string Disagreement = "knn-disagreement";
    private const string Confident = "confident-learning";

    /// <summary>Names: the signed estimators that are asked for, the training scorers that are loaded, and those that need neither.</summary>
    public IReadOnlyList<string> Names { get; } =
        [.. context.Estimators(estimators), .. context.Catalog.OfKind(PluginKind.Scorer).Select(p => p.Name), Loss, Disagreement, Confident];

    /// <summary>The suspicion of all samples of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="detector">One of <see cref="Names"/>.</param>
    public double[] Scores(ExperimentRun run, string detector) => context.Units.Get($"{run.Folder.Path} {detector}", () =>
    {
        if (context.Catalog.OfKind(PluginKind.Scorer).Any(p => p.Name == detector))
        {
            using var scored = context.OpenModel(run, detector);
            return scored.Suspicion(ScalarType.Float32, context.Progress, context.CancellationToken).Values;
        }

        using var model = context.OpenModel(run);
        return detector switch
        {
            Loss => Losses(model),
            Disagreement => Disagreements(Votes(model), Labels(model)),
            Confident => [.. ConfidentLearning.Of(Votes(model).Shares, Labels(model)).Scores],
            _ => Harm(model, detector),
        };
    });

    /// <summary>Votes of the nearest other training samples, which is what makes them leave-one-out.</summary>
    public static NeighbourVotes Votes(Model model) => model.NeighbourVotes();

    public static long[] Labels(Model model) => model.Features.TrainLabels.data<long>().ToArray();

    /// <summary>Mean of harm / ||harm|| over the worst confusion groups.</summary>
    private double[] Harm(Model model, string estimator)
    {
        var targets = new TargetSelection { Groups = groups }.Choose(model.TestLabels, model.Neighbours);
        return MislabelDetection.Suspicion(context.Harm(model, estimator, targets), HarmAggregate.Mean);
    }

    private double[] Losses(Model model)
    {
        using var session = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return session.Context.Loss.PerSample(Embeddings(session.Context), session.Context.TrainLabels).to(float64).data<double>().ToArray();
    }

    /// <summary>(N, E), block by block where the features are not in memory.</summary>
    private static Tensor Embeddings(InfluenceContext context)
    {
        if (context.ReadTrainFeatures is null) return LossGradients.Embed(context, context.TrainFeatures);
        return cat([.. SampleRange.Grid(context.TrainCount, EmbeddedAtOnce).Select(block =>
        {
            using var features = context.TrainFeaturesAt(block);
            return LossGradients.Embed(context, features);
        })]);
    }

    private static double[] Disagreements(NeighbourVotes votes, long[] labels) => [.. labels.Select((label, i) => 1 - votes.Share(i, label))];
}
