using Dml.Engine;
using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Explorer.Api;
using Dml.Explorer.Jobs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Explorer.Views;

/// <summary>The causes of errors. Each estimator is prepared once and then asked by one thread, which takes all errors that wait together.</summary>
internal sealed class CauseView : IDisposable
{
    private const double Alike = 0.5;

    private readonly Model _model;
    private readonly ItemList _items;
    private readonly ErrorView _errors;
    private readonly Dictionary<string, ExplainerQueue> _queues;

    /// <param name="model">The model.</param>
    /// <param name="items">Its items.</param>
    /// <param name="errors">Its errors.</param>
    /// <param name="jobs">Where explaining that takes long is shown.</param>
    public CauseView(Model model, ItemList items, ErrorView errors, JobList jobs)
    {
        (_model, _items, _errors) = (model, items, errors);
        _queues = model.EstimatorNames.ToDictionary(name => name, name => new ExplainerQueue(model, name, jobs), StringComparer.Ordinal);
    }

    /// <summary>The estimators that are loaded.</summary>
    public IReadOnlyList<string> Estimators => [.. _queues.Keys];

    /// <summary>The causes of an error.</summary>
    /// <param name="request">Which, by whom, how many.</param>
    public async Task<CausesAnswer> Of(ApiRequest request)
    {
        var index = request.Integer("index");
        _items.Require(ItemList.Test, index);
        var confusion = Confusion(await _errors.Get(request.Gone), index);
        var scores = await Scores(request.Text("estimator") ?? _model.DefaultEstimator, confusion, request.Gone);
        var count = request.Integer("top");
        int[] harmful = [.. scores.IsSigned ? ScoreRanking.MostHarmful(scores.Harm, count) : ScoreRanking.MostRelevant(scores.Harm, count)];
        int[] helpful = [.. scores.IsSigned ? ScoreRanking.MostHelpful(scores.Harm, count) : []];
        var near = Cosines([.. harmful, .. helpful], confusion.Pairs[0]);
        return new(
            scores.Estimator, scores.IsSigned, scores.Seconds, scores.Distance, scores.Notes, [.. harmful.Select(Cause)], [.. helpful.Select(Cause)]);

        ApiCause Cause(int sample) => new(_items.Of(ItemList.Train, sample), scores.Harm[sample], Why(scores, sample, near[sample], confusion.Pairs[0]));
    }

    /// <summary>Harm of all training samples on an error.</summary>
    /// <param name="estimator">Who says so.</param>
    /// <param name="confusion">The error.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    /// <exception cref="ApiException">There is no such estimator.</exception>
    /// <exception cref="PendingException">It is not ready yet.</exception>
    public Task<CauseScores> Scores(string estimator, Confusion confusion, CancellationToken gone) =>
        _queues.TryGetValue(estimator, out var queue) ? queue.Get(confusion, gone)
            : throw new ApiException(404, $"estimator: expected one of {string.Join(", ", _queues.Keys)}, found \"{estimator}\".");

    /// <summary>The confusion of a wrong test item with its nearest neighbour.</summary>
    /// <param name="found">All errors.</param>
    /// <param name="index">The item.</param>
    /// <exception cref="ApiException">It is right.</exception>
    public Confusion Confusion(ErrorView.Found found, int index)
    {
        var pair = new TestPair(index, found.Neighbours.At(index));
        return _model.TestLabels[pair.Anchor] != _model.TestLabels[pair.Neighbour] ? Dml.Confusion.Of(pair)
            : throw new ApiException(409, $"Expected a test item whose nearest neighbour has another class, found {_model.TestIds[index]}, which is right.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var queue in _queues.Values) queue.Dispose();
    }

    /// <summary>Cosines of training samples to the two items of a pair, by training index.</summary>
    private Dictionary<int, (double Query, double Neighbour)> Cosines(int[] samples, TestPair pair)
    {
        if (samples.Length == 0) return [];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var features = _model.Features;
        var training = features.Embed(features.TrainRowsAt([.. samples.Select(i => (long)i)]));
        var test = features.Embed(features.TestFeatures.index_select(0, tensor(new long[] { pair.Anchor, pair.Neighbour })));
        var cosines = UnitRows.Cosines(training, test).Values<double>();
        return samples.Index().ToDictionary(s => s.Item, s => (cosines[2 * s.Index], cosines[(2 * s.Index) + 1]));
    }

    private string Why(CauseScores scores, int sample, (double Query, double Neighbour) near, TestPair pair)
    {
        var (query, neighbour) = (_model.ClassName(_model.TestLabels[pair.Anchor]), _model.ClassName(_model.TestLabels[pair.Neighbour]));
        var where = Math.Min(near.Query, near.Neighbour) >= Alike ? "lies near both"
            : near.Query >= Alike ? $"lies near the query ({query})"
            : near.Neighbour >= Alike ? $"lies near the neighbour ({neighbour})"
            : "lies near neither";
        var does = !scores.IsSigned ? "" : scores.Harm[sample] > 0 ? "; training on it draws the two together" : "; training on it pushes the two apart";
        return $"{where}, cosine {Figures.Fixed(near.Query, 2)} to the query and {Figures.Fixed(near.Neighbour, 2)} to its neighbour{does}.";
    }
}
