using System.Text.Json.Nodes;
using Dml.Engine;
using Dml.Explorer.Images;
using Dml.Explorer.Jobs;
using Dml.Explorer.Safety;
using Dml.Explorer.Views;
using Microsoft.AspNetCore.Builder;
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
    private static readonly ApiParameter JobId = ApiParameter.Text("id", "Id of the job.") with { InPath = true };
    private static readonly ApiParameter TestIndex = ApiParameter.Path("index", "Index of a test item.");

    /// <summary>Adds them to a server.</summary>
    /// <param name="routes">Where to.</param>
    public void Map(IEndpointRouteBuilder routes)
    {
        var all = All();
        foreach (var route in all) route.Map(routes);
        routes.MapFallback(context => throw new ApiException(
            404, $"Expected a file of the page or a route of /api/openapi.json, found {context.Request.Path}."));
    }

    private IReadOnlyList<ApiRoute> All()
    {
        ApiRoute[] routes = [.. Answering()];
        var document = new Lazy<JsonObject>(() => OpenApi.Describe(routes));
        var own = ApiRoute.Get("openapi.json", "This description.", ApiJson.Default.JsonObject, _ => Task.FromResult(document.Value));
        routes = [.. routes, own];
        return routes;
    }

    private IReadOnlyList<ApiRoute> Answering() =>
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
        ApiRoute.Post(
            "what-if", "What changes of the training data would do to an error: a prediction at once, and a job that retrains the head.",
            ApiJson.Default.WhatIfBody, ApiJson.Default.WhatIfAnswer, session.Changes.WhatIf) with { MayBePending = true },
        ApiRoute.Get(
            "suspects", "Training samples whose label may be wrong, most suspicious first.", ApiJson.Default.SuspectPage, session.Suspects.Page, Offset, Limit,
            ApiParameter.Text("state", "Which: those that nothing was decided about, the others, or all.", "open", SuspectView.States),
            ApiParameter.Text("text", "Part of the sample's id."),
            ApiParameter.Number("least", "Least probability that the label is wrong.", 0.5, 0, 1)) with { MayBePending = true },
        ApiRoute.Get("decisions", "What has been decided.", ApiJson.Default.DecisionsAnswer, _ => Task.FromResult(session.Review.All())),
        ApiRoute.Post(
            "decisions", "Decides about a training sample; the answer comes once the decision is on the disk.", ApiJson.Default.DecisionBody,
            ApiJson.Default.ApiDecision, Decide) with { MayBePending = true },
        ApiRoute.Post(
            "decisions/undo", "Undoes the latest decision, and gives it.", ApiJson.Default.Nothing, ApiJson.Default.ApiDecision,
            (_, _) => Task.FromResult(session.Review.Undo())),
        ApiRoute.Post(
            "apply", "Writes relabels.csv and excludes.csv of the decisions into the run, retrains the head and judges it.", ApiJson.Default.Nothing,
            ApiJson.Default.StartedJob, (_, _) => Task.FromResult(session.Changes.Apply())),
        ApiRoute.Get("classes", "The test classes, worst first, and what they are taken for.", ApiJson.Default.ClassesAnswer, session.Classes.All)
            with { MayBePending = true },
        ApiRoute.Get(
            "map", "The items of a split in the plane in which they vary most.", ApiJson.Default.MapAnswer, session.Maps.Of,
            ApiParameter.Text("split", "train or test.", ItemList.Test, ItemList.Train, ItemList.Test)) with { MayBePending = true },
        ApiRoute.Get("duplicates", "Equal and almost equal items.", ApiJson.Default.DuplicatePage, session.Duplicates.Page, Offset, Limit)
            with { MayBePending = true },
        ApiRoute.Post(
            "search", "What lies near an image from anywhere, which is the body.", "image/*", ApiJson.Default.SearchAnswer, session.Search.Of,
            ApiParameter.Text("split", "The split that is searched.", ItemList.Test, ItemList.Train, ItemList.Test),
            ApiParameter.Integer("k", "Most neighbours.", 12, 1, MostOnPage)),
        ApiRoute.Get("runs", "The runs beside this one.", ApiJson.Default.RunsAnswer, _ => Task.FromResult(session.Runs.All())),
        ApiRoute.Get(
            "compare", "This run beside another.", ApiJson.Default.CompareAnswer, session.Runs.Compare, ApiParameter.Text("other", "Name of the other run."))
            with { MayBePending = true },
        ApiRoute.Get("jobs/{id}", "A job.", ApiJson.Default.JobAnswer, request => Task.FromResult(Job(request).Answer()), JobId),
        ApiRoute.Post("jobs/{id}/stop", "Asks a job to stop.", ApiJson.Default.Nothing, ApiJson.Default.JobAnswer, Stop, JobId),
        ApiRoute.Get(
            "items", "Items by their indices.", ApiJson.Default.ItemsAnswer, request => Task.FromResult(session.Items.Some(request)),
            ApiParameter.Text("split", "train or test.", ItemList.Test, ItemList.Train, ItemList.Test),
            ApiParameter.Text("indices", $"Whole numbers between commas, at most {ItemList.MostAtOnce}.", "")),
        ApiRoute.Get(
            "images/{split}/{index}", "The image of an item.", "image/jpeg", Image,
            ApiParameter.Text("split", "train or test.", null, ItemList.Train, ItemList.Test) with { InPath = true },
            ApiParameter.Path("index", "Index of the item."),
            ApiParameter.Integer("size", "Longest side, in pixels.", ImageCache.UsualSide, ImageCache.LeastSide, ImageCache.MostSide)),
        ApiRoute.Get(
            "events", "Decisions and jobs as they come, server-sent events: \"decision\" with a DecisionEvent, \"job\" with a JobAnswer, as JSON.",
            "text/event-stream", r => session.Events.Listen(r.Http, stopping)),
    ];

    private async Task<ApiDecision> Decide(ApiRequest request, DecisionBody body)
    {
        var action = ActionNames.Parse(body.Action);
        if (body.Sample < 0) throw new ApiException(400, $"sample: expected a training index, found {body.Sample}.");
        session.Items.Require(ItemList.Train, body.Sample);
        long? label = body.Class;
        if (action == ReviewAction.Accept) label ??= await session.Suspects.Suggested(body.Sample, request.Gone);
        return session.Review.Add(body.Sample, action, label);
    }

    private Job Job(ApiRequest request) => session.Jobs.Of(request.Text("id")!)
        ?? throw new ApiException(404, $"Expected the id of a job, found \"{request.Text("id")}\".");

    private Task<JobAnswer> Stop(ApiRequest request, Nothing nothing)
    {
        var job = Job(request);
        job.Stop();
        return Task.FromResult(job.Answer());
    }

    private async Task Image(ApiRequest request)
    {
        var (split, index) = (request.Text("split")!, request.Integer("index"));
        session.Items.Require(split, index);
        var sample = session.Items.Image(split, index) ?? throw new ApiException(404, "Expected an item with an image, found one that the run knows none of.");
        var (bytes, tag) = await session.Images.Get(sample, request.Integer("size"), request.Gone);
        await PageFiles.Answer(request.Http, bytes, "image/jpeg", tag);
    }
}
