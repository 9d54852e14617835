using Dml.Explorer.Images;
using Dml.Explorer.Safety;
using Dml.Explorer.Views;
using Microsoft.AspNetCore.Routing;

namespace Dml.Explorer.Api;

/// <summary>All routes of the API.</summary>
/// <param name="session">What they share.</param>
/// <param name="stopping">Set when the server stops.</param>
internal sealed class ApiRoutes(ExplorerSession session, CancellationToken stopping)
{
    private const int MostOnPage = 500;

    private static readonly ApiParameter Offset = ApiParameter.Integer("offset", "How many are passed over.", 0);
    private static readonly ApiParameter Limit = ApiParameter.Integer("limit", "Most that are given.", 50, 1, MostOnPage);
    private static readonly ApiParameter TestIndex = ApiParameter.Path("index", "Index of a test item.");

    /// <summary>Adds them to a server.</summary>
    /// <param name="routes">Where to.</param>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in All()) route.Map(routes);
    }

    private IReadOnlyList<ApiRoute> All() =>
    [
        ApiRoute.Get("run", "What the run is.", ApiJson.Default.RunAnswer, _ => Task.FromResult(RunFigures.Of(session))),
        ApiRoute.Get(
            "errors", "Test items whose nearest neighbour has another class.", ApiJson.Default.ErrorPage, session.Errors.Page, Offset, Limit,
            ApiParameter.Text("sort", "Order; a minus sign turns it.", "distance", ErrorView.Orders),
            ApiParameter.Integer("class", "Label of the item."), ApiParameter.Integer("neighbour", "Label of its nearest neighbour."),
            ApiParameter.Text("text", "Part of the item's id."), ApiParameter.Number("min", "Least distance."), ApiParameter.Number("max", "Largest distance."),
            ApiParameter.Integer("k", "Neighbours of each.", 5, 1, ErrorView.MostNeighbours)) with { MayBePending = true },
        ApiRoute.Get(
            "errors/{index}", "A test item, wrong or right, with its neighbours.", ApiJson.Default.ErrorEntry, session.Errors.One, TestIndex,
            ApiParameter.Integer("k", "Its neighbours.", 12, 1, ErrorView.MostNeighbours)) with { MayBePending = true },
        ApiRoute.Get(
            "errors/{index}/causes", "The training samples that cause an error, and those that work against it.", ApiJson.Default.CausesAnswer,
            session.Causes.Of, TestIndex, ApiParameter.Text("estimator", "Who says so; the run's own, or eif."),
            ApiParameter.Integer("top", "Most of each.", 25, 1, MostOnPage)) with { MayBePending = true },
        ApiRoute.Get(
            "images/{split}/{index}", "The image of an item.", "image/jpeg", Image,
            ApiParameter.Text("split", "train or test.", null, ItemList.Train, ItemList.Test) with { InPath = true },
            ApiParameter.Path("index", "Index of the item."),
            ApiParameter.Integer("size", "Longest side, in pixels.", ImageCache.UsualSide, ImageCache.LeastSide, ImageCache.MostSide)),
        ApiRoute.Get("events", "Decisions and jobs as they come, server-sent events.", "text/event-stream", r => session.Events.Listen(r.Http, stopping)),
    ];

    private async Task Image(ApiRequest request)
    {
        var (split, index) = (request.Text("split")!, request.Integer("index"));
        session.Items.Require(split, index);
        var sample = session.Items.Image(split, index) ?? throw new ApiException(404, "Expected an item with an image, found one that the run knows none of.");
        var (bytes, tag) = await session.Images.Get(sample, request.Integer("size"), request.Gone);
        await PageFiles.Answer(request.Http, bytes, "image/jpeg", tag);
    }
}
