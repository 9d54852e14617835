using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dml.Engine;
using Dml.Engine.Images;
using Dml.Numerics;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;
using Microsoft.AspNetCore.Routing;
using static TorchSharp.torch;

namespace Dml.Tests.Explorer;

/// <summary>Classes, map, duplicates, search, runs, images and the description of the API.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplorerOverviewTests(OpenExplorer explorer) : IClassFixture<OpenExplorer>
{
    [Fact]
    public async Task Classes_count_the_errors()
    {
        var answer = await explorer.Get("/api/classes");
        var wrong = explorer.Model.Confusions.Pairs().Select(c => c.Pairs[0]).ToList();
        var labels = explorer.Model.TestLabels;
        foreach (var c in answer.GetProperty("classes").EnumerateArray())
        {
            var label = c.GetProperty("class").GetInt32();
            var (count, errors) = (labels.Count(l => l == label), wrong.Count(p => labels[p.Anchor] == label));
            Assert.Equal((count, errors), (c.GetProperty("count").GetInt32(), c.GetProperty("errors").GetInt32()));
            Assert.Equal(1 - (errors / (double)count), c.GetProperty("recall").GetDouble(), 1e-12);
        }

        foreach (var c in answer.GetProperty("confusion").EnumerateArray())
        {
            var (label, taken) = (c.GetProperty("class").GetInt32(), c.GetProperty("neighbour").GetInt32());
            Assert.Equal(wrong.Count(p => labels[p.Anchor] == label && labels[p.Neighbour] == taken), c.GetProperty("count").GetInt32());
        }

        Assert.Equal(wrong.Count, answer.GetProperty("confusion").EnumerateArray().Sum(c => c.GetProperty("count").GetInt32()));
    }

    [Theory]
    [InlineData("test")]
    [InlineData("train")]
    public async Task The_map_is_the_principal_plane_of_unit_embeddings(string split)
    {
        var map = await explorer.Get($"/api/map?split={split}");
        using var scope = NewDisposeScope();
        var units = UnitRows.Of(split == "test" ? explorer.Model.Features.TestEmbeddings() : explorer.Model.Features.TrainEmbeddings());
        using var plane = PrincipalPlane.Fit(units);
        var places = plane.Project(units).data<double>().ToArray();
        Assert.Equal(places.Chunk(2).Select(p => Math.Round(p[0], 4)), map.GetProperty("x").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(places.Chunk(2).Select(p => Math.Round(p[1], 4)), map.GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(
            split == "test" ? explorer.Model.Confusions.Count : 0, map.GetProperty("error").EnumerateArray().Count(e => e.GetBoolean()));
        Assert.Equal(plane.FirstShare, map.GetProperty("explained")[0].GetDouble(), 1e-12);
    }

    [Fact]
    public async Task Duplicates_are_those_of_the_audit()
    {
        var page = await explorer.Get("/api/duplicates?limit=500");
        var expected = explorer.Run.Audit(["audit.checks=[\"duplicates\"]"]).Of("duplicates")!;
        Assert.Equal(expected.Findings.Count, page.GetProperty("total").GetInt32());
        Assert.Equal(expected.Summary, page.GetProperty("summary").GetString());
        Assert.Equal(expected.Findings.Select(f => f.Reason), page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("says").GetString()));
    }

    [Fact]
    public async Task An_image_from_elsewhere_finds_its_neighbours()
    {
        using var folder = new TemporaryFolder();
        Pictures.Write(folder, "noise.png", 3, 40, 30);
        foreach (var (split, among) in new[] { ("test", Split.Test), ("train", Split.Training) })
        {
            using var response = await Search(File.ReadAllBytes(folder.File("noise.png")), "image/png", $"?split={split}&k=5");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            var expected = explorer.Run.Neighbours(folder.File("noise.png"), 5, among);
            Assert.Equal(
                expected.Select(n => n.Index),
                answer.RootElement.GetProperty("neighbours").EnumerateArray().Select(n => n.GetProperty("item").GetProperty("index").GetInt32()));
            Assert.Equal(5, answer.RootElement.GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("count").GetInt32()));
            var seen = RasterImage.Decode(Convert.FromBase64String(answer.RootElement.GetProperty("seen").GetString()!)).Pixels;
            Assert.Equal((32, 24), (seen.Width, seen.Height)); // The run looks at whole images.
        }

        using var damaged = await Search("no image"u8.ToArray(), "image/png");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, damaged.StatusCode);
        using var refusal = JsonDocument.Parse(await damaged.Content.ReadAsStringAsync());
        Assert.EndsWith("image, found a file in none of these formats.", refusal.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Search([1], "application/octet-stream")).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Search(new byte[50_000_001], "image/png")).StatusCode);
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "dml-search-*"));
    }

    [Fact]
    public async Task Runs_beside_this_one_are_compared_as_the_command_does()
    {
        var runs = await explorer.Get("/api/runs");
        Assert.Equal("tiny", runs.GetProperty("current").GetString());
        Assert.Equal(["other", "tiny"], runs.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        var answer = await explorer.Get("/api/compare?other=other");
        using var other = Run.Open(Path.Combine(Path.GetDirectoryName(explorer.Run.Path)!, "other"));
        var expected = other.CompareWith(explorer.Run);
        Assert.Equal(expected.New.Select(i => i.Id), Ids("gained"));
        Assert.Equal(expected.Cured.Select(i => i.Id), Ids("lost"));
        Assert.Equal(expected.Test.PValue, answer.GetProperty("p").GetDouble(), 1e-12);
        Assert.Equal(1 - (expected.WrongAfter / 48.0), answer.GetProperty("recall").GetProperty("this").GetDouble(), 1e-12);
        Assert.InRange(expected.Gain, answer.GetProperty("low").GetDouble(), answer.GetProperty("high").GetDouble());
        foreach (var name in new[] { "tiny", "..", "../runs/other", "nobody", "/etc" })
        {
            using var refused = await explorer.Client.GetAsync($"/api/compare?other={Uri.EscapeDataString(name)}");
            Assert.Equal(name == "tiny" ? HttpStatusCode.BadRequest : HttpStatusCode.NotFound, refused.StatusCode);
        }

        IEnumerable<string?> Ids(string list) => answer.GetProperty(list).EnumerateArray().Select(i => i.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Images_come_small_or_large_and_only_once()
    {
        using var response = await explorer.Client.GetAsync("/api/images/test/3?size=64");
        Assert.Equal("image/jpeg", response.Content.Headers.ContentType!.MediaType);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var image = RasterImage.Decode(bytes).Pixels;
        Assert.Equal((24, 24), (image.Width, image.Height));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(explorer.Cache, "images"), "*.jpg", SearchOption.AllDirectories));
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/images/test/3?size=64");
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await explorer.Client.SendAsync(again)).StatusCode);
        foreach (var (address, status) in new[]
        {
            ("/api/images/test/48", HttpStatusCode.NotFound), ("/api/images/attic/0", HttpStatusCode.BadRequest),
            ("/api/images/test/0?size=63", HttpStatusCode.BadRequest), ("/api/images/test/0?size=2049", HttpStatusCode.BadRequest),
            ("/api/images/test/..%2F..%2Fetc%2Fpasswd", HttpStatusCode.BadRequest), ("/api/images/..%2Ftest/0", HttpStatusCode.BadRequest),
            ("/api/images/test/0/../../../../etc/passwd", HttpStatusCode.NotFound),
        })
        {
            using var refused = await explorer.Client.GetAsync(address);
            Assert.True(status == refused.StatusCode, $"{address}: {refused.StatusCode}");
        }
    }

    [Fact]
    public async Task A_large_image_is_scaled_and_a_huge_missing_or_damaged_one_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var run = Run.Open(explorer.Copy(folder));
        string File(int index) => run.Dataset.Test[index].ToImage(run.Path).File;
        System.IO.File.WriteAllBytes(File(0), Pictures.Png(Pictures.Noise(1, 300, 90)));
        using (var huge = System.IO.File.OpenWrite(File(1))) huge.SetLength(100_000_001);
        System.IO.File.Delete(File(2));
        System.IO.File.WriteAllText(File(3), "no image");
        await using var server = await explorer.Start(run);
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Add("X-Dml-Token", OpenExplorer.Token);
        var small = RasterImage.Decode(await client.GetByteArrayAsync("/api/images/test/0?size=100")).Pixels;
        Assert.Equal((100, 30), (small.Width, small.Height));
        foreach (var (index, status) in new[]
        {
            (1, HttpStatusCode.RequestEntityTooLarge), (2, HttpStatusCode.NotFound), (3, HttpStatusCode.UnprocessableEntity),
        })
        {
            using var refused = await client.GetAsync($"/api/images/test/{index}");
            Assert.Equal(status, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Every_route_stands_in_the_description()
    {
        var described = (await explorer.Get("/api/openapi.json")).GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));
        var routes = explorer.Server.Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {route.RoutePattern.RawText}"));
        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        Assert.Equal(22, routes.Count());
    }

    [Fact]
    public async Task Every_reference_of_the_description_leads_to_a_schema_and_bodies_say_what_they_take()
    {
        var document = await explorer.Get("/api/openapi.json");
        var references = References(document).ToList();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.Equal(JsonValueKind.Object, At(document, reference).ValueKind));
        var schemas = document.GetProperty("components").GetProperty("schemas");
        var changes = schemas.GetProperty("WhatIfBody").GetProperty("properties").GetProperty("changes");
        Assert.Equal(["drop", "relabel", "merge"], Values(changes.GetProperty("items")));
        Assert.Equal(["accept", "relabel", "keep", "exclude", "skip"], Values(schemas.GetProperty("DecisionBody")));
        Assert.Contains("WhatIfResult", schemas.GetProperty("JobAnswer").GetProperty("properties").GetProperty("result").ToString(), StringComparison.Ordinal);

        static IEnumerable<string?> Values(JsonElement schema) =>
            schema.GetProperty("properties").GetProperty("action").GetProperty("enum").EnumerateArray().Select(v => v.GetString());

        static JsonElement At(JsonElement document, string reference) =>
            reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(document, (node, name) => node.GetProperty(name));

        static IEnumerable<string> References(JsonElement node) => node.ValueKind switch
        {
            JsonValueKind.Object => node.EnumerateObject().SelectMany(member =>
                member.Name == "$ref" && member.Value.ValueKind == JsonValueKind.String ? [member.Value.GetString()!] : References(member.Value)),
            JsonValueKind.Array => node.EnumerateArray().SelectMany(References),
            _ => [],
        };
    }

    [Fact]
    public async Task Items_are_asked_for_by_their_indices()
    {
        var items = (await explorer.Get("/api/items?split=train&indices=3,0")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([explorer.Model.TrainingIds[3], explorer.Model.TrainingIds[0]], items.Select(i => i.GetProperty("id").GetString()));
        Assert.All(items, item => Assert.True(item.GetProperty("image").GetBoolean()));
        Assert.Empty((await explorer.Get("/api/items")).GetProperty("items").EnumerateArray());
        await Says("/api/items?indices=48", HttpStatusCode.NotFound, "0 to 47, found 48");
        await Says("/api/items?indices=1,two", HttpStatusCode.BadRequest, "between commas, found \"two\"");
        await Says($"/api/items?indices={string.Join(',', new int[501])}", HttpStatusCode.BadRequest, "at most 500, found 501");
        await Says("/api/errors?lmit=3", HttpStatusCode.BadRequest, "unknown parameter \"lmit\"; did you mean \"limit\"?");
    }

    private async Task Says(string address, HttpStatusCode status, string part) =>
        Assert.Contains(part, (await explorer.Get(address, status)).GetProperty("error").GetString(), StringComparison.Ordinal);

    private Task<HttpResponseMessage> Search(byte[] image, string type, string query = "")
    {
        var content = new ByteArrayContent(image);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return explorer.Client.PostAsync("/api/search" + query, content);
    }
}
