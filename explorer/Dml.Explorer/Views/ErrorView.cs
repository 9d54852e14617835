using Dml.Engine;
using Dml.Explorer.Api;
using Dml.Explorer.Jobs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Explorer.Views;

/// <summary>The errors of a run: test items whose nearest neighbour has another class, as <see cref="Confusions"/> counts them.</summary>
internal sealed class ErrorView
{
    /// <summary>Neighbours of an item that are known.</summary>
    public const int MostNeighbours = 20;

    public static readonly IReadOnlyList<string> Orders = ["distance", "-distance", "class", "neighbour", "id"];

    private readonly Model _model;
    private readonly ItemList _items;
    private readonly Prepared<Found> _found;

    /// <param name="model">The model.</param>
    /// <param name="items">Its items.</param>
    /// <param name="jobs">Where neighbours are searched.</param>
    /// <param name="cache">The cache folder.</param>
    public ErrorView(Model model, ItemList items, JobList jobs, string cache)
    {
        (_model, _items) = (model, items);
        _found = new(jobs, "find the nearest neighbours of all test items", job => Find(cache, job.Stopping));
    }

    /// <summary>How many errors there are; null until it is known.</summary>
    public int? Count => _found.Value?.Wrong.Count;

    /// <summary>The neighbours of all test items, and which items are wrong.</summary>
    /// <param name="gone">Set when nobody waits any more.</param>
    public Task<Found> Get(CancellationToken gone) => _found.Get(gone);

    /// <summary>The same within a job.</summary>
    /// <param name="cancellationToken">Stops the waiting.</param>
    public Found Wait(CancellationToken cancellationToken) => _found.Wait(cancellationToken);

    /// <summary>Some of the errors.</summary>
    /// <param name="request">Filter, order and which of them.</param>
    public async Task<ErrorPage> Page(ApiRequest request)
    {
        var found = await _found.Get(request.Gone);
        var (label, other, text) = (request.OptionalInteger("class"), request.OptionalInteger("neighbour"), request.Text("text"));
        var (low, high) = (request.Number("min") ?? double.NegativeInfinity, request.Number("max") ?? double.PositiveInfinity);
        var chosen = found.Wrong.Where(i => (label is null || _model.TestLabels[i] == label) && (other is null || found.Taken(i) == other)
            && found.Distance(i) >= low && found.Distance(i) <= high
            && (text is null || _model.TestIds[i].Contains(text, StringComparison.OrdinalIgnoreCase)));
        int[] ordered = [.. request.Text("sort") switch
        {
            "-distance" => chosen.OrderByDescending(found.Distance).ThenBy(i => i),
            "class" => chosen.OrderBy(i => _model.TestLabels[i]).ThenBy(i => i),
            "neighbour" => chosen.OrderBy(found.Taken).ThenBy(i => i),
            "id" => chosen.OrderBy(i => _model.TestIds[i], StringComparer.Ordinal).ThenBy(i => i),
            _ => chosen.OrderBy(found.Distance).ThenBy(i => i),
        }];
        var k = request.Integer("k");
        return new(ordered.Length, [.. ordered.Skip(request.Integer("offset")).Take(request.Integer("limit")).Select(i => Entry(found, i, k))]);
    }

    /// <summary>One test item, wrong or right.</summary>
    /// <param name="request">Which.</param>
    public async Task<ErrorEntry> One(ApiRequest request)
    {
        var index = request.Integer("index");
        _items.Require(ItemList.Test, index);
        return Entry(await _found.Get(request.Gone), index, request.Integer("k"));
    }

    private ErrorEntry Entry(Found found, int index, int k) => new(
        _items.Of(ItemList.Test, index), found.Distance(index),
        [.. Enumerable.Range(0, Math.Min(k, found.Neighbours.K)).Select(rank => Neighbour(found, index, rank))]);

    private ErrorNeighbour Neighbour(Found found, int index, int rank)
    {
        var other = found.Neighbours.At(index, rank);
        return new(
            _items.Of(ItemList.Test, other), found.Neighbours.Distances[(index * found.Neighbours.K) + rank],
            _model.TestLabels[other] == _model.TestLabels[index]);
    }

    private Found Find(string cache, CancellationToken cancellationToken)
    {
        var count = _model.TestIds.Count;
        if (count < 2) throw new DmlException($"Expected at least two test items, found {count}; errors are items with a neighbour of another class.");
        var k = Math.Min(MostNeighbours, count - 1);
        var file = new NeighbourFile(cache, _model.Origin.Inputs["features"]);
        if (file.TryRead(k, count) is not { } neighbours)
        {
            using var scope = NewDisposeScope();
            neighbours = NearestNeighbours.Within(_model.Features.TestEmbeddings(), k, cancellationToken);
            file.Write(neighbours);
        }

        _model.Adopt(neighbours);
        return new(_model, neighbours, [.. ConfusionFinder.WrongPairs(_model.TestLabels, neighbours).Select(p => p.Anchor)]);
    }

    /// <summary>What was found.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="Neighbours">Of each test item among the others.</param>
    /// <param name="Wrong">Indices of the wrong items, rising.</param>
    internal sealed record Found(Model Model, Neighbours Neighbours, IReadOnlyList<int> Wrong)
    {
        /// <summary>Distance of an item's nearest neighbour.</summary>
        public double Distance(int index) => Neighbours.Distances[index * Neighbours.K];

        /// <summary>Class of an item's nearest neighbour.</summary>
        public long Taken(int index) => Model.TestLabels[Neighbours.At(index)];
    }
}
