using Dml.Engine;
using Dml.Engine.Fixing;
using Dml.Numerics;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Fixing;

[Collection(CommandLineCollection.Name)]
public sealed class WhatIfTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly DataEdits Edits = new([new(7, 2), new(20, 11)], [3, 40, 41]);

    [Fact]
    public void The_head_is_trained_further_as_plain_loops_do()
    {
        using var run = Run.Open(tiny.Path);
        var confusion = run.Model.Confusions.Pairs()[0];
        using var trials = new WhatIfTrials(run.Model) { Training = new() { Steps = 3, LearningRate = 0.05 } };
        var outcome = trials.Run(confusion, Edits, SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(Plain(run.Model, confusion, new([], [])), outcome.DistanceBefore, 1e-6);
        Assert.Equal(Plain(run.Model, confusion, Edits), outcome.DistanceAfter, 1e-6);
        Assert.NotEqual(outcome.DistanceBefore, outcome.DistanceAfter);
        Assert.Equal(outcome, trials.Run(confusion, Edits, SilentProgress.Instance, CancellationToken.None) with { Recall = outcome.Recall });

        // Queries of the error's classes do not judge.
        long[] confused = [run.Model.TestLabels[confusion.Pairs[0].Anchor], run.Model.TestLabels[confusion.Pairs[0].Neighbour]];
        Assert.InRange(outcome.Judged, 1, run.Model.TestLabels.Count(l => !confused.Contains(l)));
    }

    [Fact]
    public void A_small_step_is_what_slopes_predict()
    {
        using var run = Run.Open(tiny.Path);
        var confusion = run.Model.Confusions.Pairs()[0];
        using var trials = new WhatIfTrials(run.Model) { Training = new() { Steps = 1, LearningRate = 1e-4 } };
        var outcome = trials.Run(confusion, Edits, SilentProgress.Instance, CancellationToken.None);
        using var slopes = run.Model.Explain([confusion], "tracin");
        foreach (var scale in new[] { 1.0, -1000.0 })
        {
            double[] harm = [.. slopes.HarmOf(confusion).Select(h => h * scale)];
            var predicted = WhatIfPrediction.Of(run.Model, confusion, Edits, harm, trials.Training, CancellationToken.None)!.Value;
            Assert.Equal(1, predicted / (outcome.DistanceAfter - outcome.DistanceBefore), 2e-2);
        }

        Assert.Null(WhatIfPrediction.Of(run.Model, confusion, Edits, new double[72], trials.Training, CancellationToken.None));
    }

    [Fact]
    public void Nothing_changed_is_worth_nothing_and_changes_are_judged_by_half_of_the_queries()
    {
        using var run = Run.Open(tiny.Path);
        var quick = new FixOptions { Repeats = 2, Epochs = 2 };
        var none = run.Model.Judge(new([], []), quick);
        Assert.Equal((0.0, 0.0, 0.0), (none.Gain.Mean, none.Gain.Low, none.Gain.High));
        var some = run.Model.Judge(Edits, quick);
        Assert.Equal(none.Gain.Before, some.Gain.Before);
        Assert.Equal((24, 4), (some.Queries, some.Classes));
        Assert.Equal(5, some.Changes.Count);
        Assert.InRange(some.Gain.Mean, some.Gain.Low, some.Gain.High);
        Assert.Contains("2 new labels and 3 exclusions", some.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Changes_that_do_not_fit_are_refused()
    {
        using var run = Run.Open(tiny.Path);
        Refuse("Expected indices of training samples from 0 to 71, found 72.", new([], [72]));
        Refuse("Expected indices of training samples from 0 to 71, found -1.", new([new(-1, 0)], []));
        Refuse("Expected at least one training sample to be left, found all 72 excluded; keep some.", new([], [.. Enumerable.Range(0, 72)]));

        void Refuse(string sentence, DataEdits edits) =>
            Assert.Equal(sentence, Assert.Throws<DmlException>(() => run.Model.Judge(edits)).Message);
    }

    /// <summary>W moved by plain steps on the mean loss of the samples that are kept.</summary>
    private static double Plain(Model model, Confusion confusion, DataEdits edits)
    {
        using var scope = NewDisposeScope();
        using var explained = model.OpenContext(ScalarType.Float64);
        var context = explained.Context;
        long[] kept = [.. Enumerable.Range(0, 72).Where(i => !edits.Excluded.Contains(i)).Select(i => (long)i)];
        var labels = tensor(kept.Select(i => edits.Relabels.FirstOrDefault(r => r.Index == i, new((int)i, model.TrainingLabels[(int)i])).Label).ToArray());
        var weight = context.HeadWeight.detach().clone();
        for (var step = 0; step < 3; step++)
        {
            using var gradients = enable_grad();
            var followed = weight.detach().requires_grad_();
            var embeddings = context.TrainFeatures.index_select(0, tensor(kept)).mm(followed.t()) + context.HeadBias;
            weight = weight - (Gradients.Of(context.Loss.PerSample(embeddings, labels).mean(), followed) * 0.05);
        }

        var distance = ConfusionDistance.Of(confusion, context.TestFeatures, weight, context.HeadBias);
        return distance.Evaluate(distance.Embeddings);
    }
}
