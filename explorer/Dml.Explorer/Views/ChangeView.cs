using System.Diagnostics;
using System.Text.Json;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Fixing;
using Dml.Engine.Runs;
using Dml.Explorer.Api;

namespace Dml.Explorer.Views;

/// <summary>What changes of the training data would do: predicted at once, and found out by retraining the head.</summary>
internal sealed class ChangeView : IDisposable
{
    /// <summary>Pairs of heads that judge: two take half as long as the four of a fix and still show how far luck goes.</summary>
    private static readonly FixOptions Judging = new() { Repeats = 2 };

    private readonly ExplorerSession _session;
    private readonly WhatIfTrials _trials;

    /// <param name="session">The session.</param>
    public ChangeView(ExplorerSession session) => (_session, _trials) = (session, new(session.Model));

    /// <summary>Predicts what changes do to an error, and starts to find out.</summary>
    /// <param name="request">The request.</param>
    /// <param name="body">The error and the changes.</param>
    public async Task<WhatIfAnswer> WhatIf(ApiRequest request, WhatIfBody body)
    {
        var model = _session.Model;
        if (body.Error < 0) throw new ApiException(400, $"error: expected an index of a test item, found {body.Error}.");
        _session.Items.Require(ItemList.Test, body.Error);
        var edits = Edits(body.Changes);
        var confusion = _session.Causes.Confusion(await _session.Errors.Get(request.Gone), body.Error);
        var scores = await _session.Causes.Scores(body.Estimator ?? model.DefaultEstimator, confusion, request.Gone);
        // On a thread of its own: of a hundred thousand samples it takes a second.
        double? change = !scores.IsSigned ? null : await Task.Factory.StartNew(
            () => WhatIfPrediction.Of(model, confusion, edits, scores.Harm, _trials.Training, request.Gone), request.Gone, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var says = !scores.IsSigned ? $"{scores.Estimator} has no sign, so it predicts no change."
            : change is null ? "The loss is no mean of samples, or no sample has a share in this error, so that there is no slope to predict by."
            : $"By the harm that {scores.Estimator} finds, brought to the scale of the distance by its slope along each sample.";
        var key = $"what-if {JsonSerializer.Serialize(body, ApiJson.Default.WhatIfBody)}";
        var job = _session.Jobs.Start("what-if", key, "retrain the head", trains: true, started =>
        {
            var watch = Stopwatch.StartNew();
            var outcome = _trials.Run(confusion, edits, started, started.Stopping);
            var gain = outcome.Recall;
            return JsonSerializer.SerializeToElement(
                new WhatIfResult(
                    new(outcome.DistanceBefore, outcome.DistanceAfter, outcome.DistanceAfter - outcome.DistanceBefore),
                    new(gain.Before, gain.After, gain.Low, gain.High, outcome.Judged),
                    watch.Elapsed.TotalSeconds),
                ApiJson.Default.WhatIfResult);
        });
        return new(new(scores.Distance, change, change is { } known ? Math.Clamp(scores.Distance + known, 0, 4) : null, scores.Estimator, says), job.Id);
    }

    /// <summary>Writes what the review decided as files that trainings take, and finds out what it is worth.</summary>
    public StartedJob Apply()
    {
        var edits = _session.Review.Read().Edits;
        if (edits.Relabels.Count + edits.Excluded.Count == 0)
        {
            throw new ApiException(409, "Expected decisions that change something, found none; accept, relabel or exclude samples first.");
        }

        return new(_session.Jobs.Start("apply", "apply", "write the decisions", trains: true, job =>
        {
            var watch = Stopwatch.StartNew();
            var folder = _session.Run.Folder;
            using (RunLock.Take(folder.Path, "the explorer")) FixFiles.Write(folder.Path, folder, edits.ChangesOf(_session.Model));
            var judged = _session.Model.Judge(edits, Judging, job, job.Stopping);
            var gain = judged.Gain;
            return JsonSerializer.SerializeToElement(
                new ApplyResult(
                    judged.Changes.Count(c => c.NewLabel is not null), judged.Changes.Count(c => c.NewLabel is null),
                    [Path.Combine(folder.Path, FixFiles.Relabels), Path.Combine(folder.Path, FixFiles.Excludes)],
                    gain.Before, gain.After, gain.Low, gain.High, judged.Queries, gain.ByRepeat.Count, watch.Elapsed.TotalSeconds, judged.Sentence,
                    Written(Retraining(folder))),
                ApiJson.Default.ApplyResult);
        }).Id);
    }

    /// <summary>What trains a run's config anew with the files that the review writes.</summary>
    private static Mention Retraining(RunFolder folder) => Mention.Operation(
        ConfigFile.Load(folder.Config)["dataset"] is null ? "fit" : "train", ("config", folder.Config),
        ("overrides", $"relabels={Path.Combine(folder.Path, FixFiles.Relabels)}"), ("overrides", $"excludes={Path.Combine(folder.Path, FixFiles.Excludes)}"),
        ("output", Free($"{folder.Path}-relabelled")));

    /// <summary>A folder that is not there yet: the name, or the name with the first number that makes it new.</summary>
    private static string Free(string path) =>
        Enumerable.Range(1, int.MaxValue).Select(n => n == 1 ? path : $"{path}-{n}").First(p => !Directory.Exists(p) && !File.Exists(p));

    private string Written(Mention mention) => _session.Options.Mentions is { } name ? name(mention) : mention.ToString();

    /// <inheritdoc/>
    public void Dispose() => _trials.Dispose();

    private DataEdits Edits(IReadOnlyList<ChangeBody> changes)
    {
        if (changes.Count == 0) throw new ApiException(400, "changes: expected at least one, found none.");
        var labels = _session.Model.TrainingLabels;
        var relabels = new Dictionary<int, long>();
        var (excluded, changed) = (new HashSet<int>(), new HashSet<int>());
        foreach (var change in changes)
        {
            if (change.Sample < 0) throw new ApiException(400, $"sample: expected a training index, found {change.Sample}.");
            _session.Items.Require(ItemList.Train, change.Sample);
            if (!changed.Add(change.Sample)) throw new ApiException(400, $"sample: expected each sample once, found {change.Sample} again.");
            if (!ChangeBody.Actions.Contains(change.Action))
            {
                throw new ApiException(400, $"action: expected drop, relabel or merge, found \"{change.Action}\".");
            }

            if (change.Action == "drop") excluded.Add(change.Sample);
            else if (change.Class is not { } label) throw new ApiException(400, $"class: expected the new label with {change.Action}, found none.");
            else if (label == labels[change.Sample])
            {
                throw new ApiException(400, $"class: expected another class than {_session.Model.ClassName(label)}, which sample {change.Sample} has.");
            }
            else if (change.Action == "relabel") relabels[change.Sample] = label;
            else foreach (var member in labels.Index().Where(x => x.Item == labels[change.Sample])) relabels[member.Index] = label;
        }

        var edits = new DataEdits([.. relabels.Select(r => new Relabel(r.Key, r.Value))], [.. excluded]);
        _ = edits.LabelsOf(_session.Model);
        return edits;
    }
}
