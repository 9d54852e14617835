using System.Globalization;
using Dml.Engine;
using Dml.Explorer.Api;
using Dml.Explorer.Jobs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Explorer.Views;

/// <summary>The training samples whose label may be wrong, as <c>dml audit</c> finds them, with the samples that speak for each of both labels.</summary>
internal sealed class SuspectView
{
    public static readonly IReadOnlyList<string> States = ["open", "decided", "all"];

    private const int Shown = 6;

    /// <summary>Members of a class among which the nearest are sought: of a class of a hundred thousand some do.</summary>
    private const int MostMembers = 2000;

    private readonly Model _model;
    private readonly ItemList _items;
    private readonly ReviewView _review;
    private readonly Prepared<Found> _found;

    /// <param name="model">The model.</param>
    /// <param name="items">Its items.</param>
    /// <param name="review">The decisions.</param>
    /// <param name="jobs">Where suspects are sought.</param>
    public SuspectView(Model model, ItemList items, ReviewView review, JobList jobs)
    {
        (_model, _items, _review) = (model, items, review);
        _found = new(jobs, "look for suspicious labels", job =>
        {
            var suspects = model.Suspects(progress: job, cancellationToken: job.Stopping);
            return new(suspects, suspects.ToDictionary(s => s.Index), model.TrainingLabels.Index().ToLookup(x => x.Item, x => x.Index));
        });
    }

    /// <summary>Some of them.</summary>
    /// <param name="request">Which.</param>
    public async Task<SuspectPage> Page(ApiRequest request)
    {
        var found = await _found.Get(request.Gone);
        var (least, state, text) = (request.Number("least")!.Value, request.Text("state"), request.Text("text"));
        var review = _review.Read();
        var suspects = found.Suspects.Where(s => Probability(s) >= least).ToList();
        var chosen = suspects.Where(s => (state == "all" || (review.Of(s.Index) is null) == (state == "open"))
            && (text is null || s.Id.Contains(text, StringComparison.OrdinalIgnoreCase))).ToList();
        var page = chosen.Skip(request.Integer("offset")).Take(request.Integer("limit"));
        return new(chosen.Count, suspects.Count(s => review.Of(s.Index) is null), [.. page.Select(s => Entry(found, review, s))]);
    }

    /// <summary>The label that is suggested for a sample.</summary>
    /// <param name="index">Training index.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    /// <exception cref="ApiException">None is.</exception>
    public async Task<long> Suggested(int index, CancellationToken gone)
    {
        var suspect = (await _found.Get(gone)).ByIndex[index];
        return suspect.SuggestedLabel != suspect.Label ? suspect.SuggestedLabel
            : throw new ApiException(409, $"Expected a suggestion for {suspect.Id} to accept, found none; relabel it to a class that you name.");
    }

    private SuspectEntry Entry(Found found, ReviewState review, Suspect suspect)
    {
        var suggests = suspect.SuggestedLabel != suspect.Label;
        var decision = review.Of(suspect.Index);
        return new(
            _items.Of(ItemList.Train, suspect.Index), Probability(suspect), suggests ? (int)suspect.SuggestedLabel : null,
            suggests ? suspect.SuggestedName : null, double.IsFinite(suspect.Confidence) ? suspect.Confidence : null, Why(suspect, suggests),
            decision is null ? null : _review.Shown(decision), Nearest(suspect, found.Members[suspect.Label]),
            suggests ? Nearest(suspect, found.Members[suspect.SuggestedLabel]) : []);
    }

    private static string Why(Suspect suspect, bool suggests) => !suggests ? "No other class is likelier than its own."
        : double.IsNaN(suspect.Vote) ? $"Labelled {suspect.ClassName}, lies among samples of {suspect.SuggestedName}."
        : string.Create(CultureInfo.InvariantCulture,
            $"Labelled {suspect.ClassName}, looks like {suspect.SuggestedName}: {suspect.Vote:P0} of its neighbours' votes, "
                + $"{suspect.OwnVote:P0} for its label.");

    /// <summary>The nearest members of a class, without the sample itself.</summary>
    private List<ApiItem> Nearest(Suspect suspect, IEnumerable<int> members)
    {
        int[] others = [.. members.Where(i => i != suspect.Index).Take(MostMembers)];
        if (others.Length == 0) return [];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var embeddings = _model.Features.Embed(_model.Features.TrainRowsAt([suspect.Index, .. others.Select(i => (long)i)]));
        var distances = (embeddings.narrow(0, 1, others.Length) - embeddings.narrow(0, 0, 1)).square().sum(1).Values<double>();
        return [.. others.Zip(distances).OrderBy(x => x.Second).Take(Shown).Select(x => _items.Of(ItemList.Train, x.First))];
    }

    /// <summary>Suspicion is the logarithm of the odds that the label is wrong.</summary>
    private static double Probability(Suspect suspect) => 1 / (1 + Math.Exp(-suspect.Suspicion));

    /// <summary>What was found.</summary>
    /// <param name="Suspects">All training samples, most suspicious first.</param>
    /// <param name="ByIndex">The same by training index.</param>
    /// <param name="Members">Training indices by label.</param>
    private sealed record Found(IReadOnlyList<Suspect> Suspects, Dictionary<int, Suspect> ByIndex, ILookup<long, int> Members);
}
