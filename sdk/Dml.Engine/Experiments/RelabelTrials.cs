using Dml.Engine.Training;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>What came of trying labels.</summary>
/// <param name="Size">Suggestions that were tried together.</param>
/// <param name="HeldOut">Change of d of the held-out half, beyond that of what was kept before; above 0 the items moved apart.</param>
/// <param name="Recall">Change of R@1.</param>
internal sealed record RelabelTrial(int Size, double HeldOut, double Recall)
{
    /// <summary>The held-out half moves apart, and R@1 does not fall.</summary>
    public bool HoldsUp => HeldOut > 0 && Recall >= 0;
}

/// <summary>A label to change.</summary>
/// <param name="Sample">Training index.</param>
/// <param name="From">Its label.</param>
/// <param name="To">The suggested one.</param>
/// <param name="Vote">Share of the neighbours' votes for it.</param>
/// <param name="Harm">Harm of the sample on the explained half.</param>
/// <param name="Trial">The last trial that it was in.</param>
internal sealed record Suggestion(int Sample, int From, int To, double Vote, double Harm, RelabelTrial Trial)
{
    public bool Kept => Trial.HoldsUp;
}

/// <summary>
/// Tries suggested labels by retraining the head with them. One label of thousands moves less than chance does, so suggestions are tried
/// together, by descending vote and on top of those kept before; a bundle that does not hold up is halved, down to single labels.
/// </summary>
/// <param name="context">The experiment.</param>
/// <param name="run">The run.</param>
/// <param name="options">What is suggested and how it is tried.</param>
internal sealed class RelabelTrials(ExperimentContext context, ExperimentRun run, FixOptions options)
{
    /// <summary>Enough for every sample to be drawn.</summary>
    public const int Epochs = 3;

    private const string EstimatorOption = "experiment.estimator";

    /// <summary>The estimator that explains.</summary>
    public string Estimator { get; } = context.RequireEstimator(EstimatorOption, options.Estimator);

    /// <summary>Wrong items that suggestions are judged by.</summary>
    public int HeldOutCount { get; private set; }

    /// <summary>All suggestions by descending vote, each with the trial that decided about it.</summary>
    /// <exception cref="DmlException">There are too few wrong items.</exception>
    public IReadOnlyList<Suggestion> Judge()
    {
        using var model = context.OpenModel(run);
        var wrong = ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours);
        if (wrong.Count < 2)
        {
            throw new DmlException("Expected at least two wrong test items, one half to explain and one to judge by, "
                + $"found {wrong.Count} in {run.Folder.Path}; there is nothing to fix.");
        }

        var explained = new Confusion("explained half", ConfusionKind.Group, [.. wrong.Where((_, i) => i % 2 == 0)]);
        var heldOut = new Confusion("held-out half", ConfusionKind.Group, [.. wrong.Where((_, i) => i % 2 == 1)]);
        HeldOutCount = heldOut.Pairs.Count;
        var suggested = Suggest(model, context.Harm(model, Estimator, [explained], EstimatorOption)[0]);
        using var session = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken);
        var trier = new Trier(context, run, session.Context, Detectors.Labels(model), heldOut, options.Seed);
        var done = 0;
        var judged = new List<Suggestion>();
        foreach (var bundle in suggested.Chunk(options.Bundle))
        {
            judged.AddRange(trier.Judge(bundle));
            context.Progress.Report(new("try suggestions", done += bundle.Length, suggested.Count));
        }

        return judged;
    }

    private List<Suggestion> Suggest(Model model, double[] harm)
    {
        var (votes, labels) = (Detectors.Votes(model), Detectors.Labels(model));
        var confident = ConfidentLearning.Of(votes.Shares, labels).ConfidentClass;
        return [.. Enumerable.Range(0, labels.Length).Where(i => confident[i] >= 0 && confident[i] != labels[i])
            .Select(i => new Suggestion(i, (int)labels[i], confident[i], votes.Share(i, confident[i]), harm[i], new(0, 0, 0)))
            .Where(s => s.Vote >= options.LeastVote).OrderByDescending(s => s.Vote).ThenBy(s => s.Sample)];
    }

    private sealed class Trier
    {
        private readonly ExperimentContext _context;
        private readonly HeadRetraining _retraining;
        private readonly InfluenceContext _model;
        private readonly Confusion _heldOut;
        private readonly int[][] _batches;
        private readonly long[] _testLabels;
        private readonly int? _queryCount;
        private long[] _labels;
        private double[] _outcome;

        public Trier(ExperimentContext context, ExperimentRun run, InfluenceContext model, long[] labels, Confusion heldOut, int seed)
        {
            var options = ConfusionTableExperiment.Options(run);
            (_context, _retraining, _model, _labels, _heldOut, _queryCount) = (context, new(options), model, labels, heldOut, run.Dataset.QueryCount);
            _testLabels = model.TestLabels.data<long>().ToArray();

            // Drawn once, by the labels of the run: all trials see the same batches.
            var sampler = new ClassBalancedSampler([.. labels.Select(l => (int)l)], options.BatchClasses, options.BatchImages, seed);
            _batches = [.. Enumerable.Range(0, Epochs).SelectMany(_ => sampler.NextEpoch())];
            _outcome = Outcome(labels, "plain");
        }

        public IEnumerable<Suggestion> Judge(Suggestion[] bundle)
        {
            _context.CancellationToken.ThrowIfCancellationRequested();
            long[] labels = [.. _labels];
            foreach (var s in bundle) labels[s.Sample] = s.To;
            var outcome = Outcome(labels, $"{bundle[0].Sample} and {bundle.Length - 1} more");
            var trial = new RelabelTrial(bundle.Length, outcome[0] - _outcome[0], outcome[1] - _outcome[1]);
            if (trial.HoldsUp) (_labels, _outcome) = (labels, outcome);
            if (trial.HoldsUp || bundle.Length == 1) return [.. bundle.Select(s => s with { Trial = trial })];
            var half = (bundle.Length + 1) / 2;
            return [.. Judge(bundle[..half]), .. Judge(bundle[half..])];
        }

        /// <summary>d of the held-out half and R@1 after retraining the head with some labels.</summary>
        private double[] Outcome(long[] labels, string name) => _context.Units.Get($"{name} {string.Join(' ', labels)}", () =>
        {
            using var scope = NewDisposeScope();
            double[] weights = [.. Enumerable.Repeat(1.0, labels.Length)];
            var head = _retraining.Run(
                _model with { TrainLabels = tensor(labels) }, weights, _batches, ConfusionTableExperiment.Silent.Instance, _context.CancellationToken);
            var distance = ConfusionDistance.Of(_heldOut, _model.TestFeatures, head, _model.HeadBias);
            var embeddings = LossGradients.Embed(_model with { HeadWeight = head }, _model.TestFeatures);
            var recall = RetrievalScores.Of(embeddings, _testLabels, _queryCount, [], cancellationToken: _context.CancellationToken).RecallAt1;
            return [distance.Evaluate(distance.Embeddings), recall];
        });
    }
}
