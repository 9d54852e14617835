using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Engine;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;

namespace Dml.Tests.Explorer;

/// <summary>What the API says of errors, against what the engine says.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplorerErrorTests(OpenExplorer explorer) : IClassFixture<OpenExplorer>
{
    [Fact]
    public async Task Figures_are_of_the_view_whose_errors_are_shown_and_those_of_the_other_view_say_so()
    {
        using var folder = new TemporaryFolder();
        var path = explorer.Copy(folder);
        var metrics = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "metrics.json")))!.AsObject();
        var recall = metrics["recall"]!["1"]!.GetValue<double>();
        metrics["influenceView"] = new JsonObject { ["recallAt1"] = 0.125, ["wrongItems"] = 42 };
        File.WriteAllText(Path.Combine(path, "metrics.json"), metrics.ToJsonString());
        using var run = Run.Open(path);
        await using var server = await explorer.Start(run);
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Add("X-Dml-Token", OpenExplorer.Token);
        var figures = (await client.GetFromJsonAsync<JsonElement>("/api/run")).GetProperty("quality").EnumerateArray()
            .Select(f => (f.GetProperty("name").GetString(), f.GetProperty("value").GetDouble())).ToList();
        Assert.Equal([("R@1", 0.125), ("R@1, evaluation view", recall)], figures[..2]);
        Assert.All(figures[1..], f => Assert.EndsWith(", evaluation view", f.Item1, StringComparison.Ordinal));
        var listed = Assert.Single((await client.GetFromJsonAsync<JsonElement>("/api/runs")).GetProperty("runs").EnumerateArray());
        Assert.Equal((0.125, 42), (listed.GetProperty("recall1").GetDouble(), listed.GetProperty("errors").GetInt32()));
    }

    [Fact]
    public async Task The_run_says_what_it_is()
    {
        _ = await explorer.Get("/api/errors");
        var run = await explorer.Get("/api/run");
        Assert.Equal("tiny", run.GetProperty("name").GetString());
        Assert.Equal("proxy-nca-pp", run.GetProperty("loss").GetString());
        Assert.Equal("glyphs", run.GetProperty("dataset").GetString());
        Assert.Equal(
            [72, 48, 12, 8, explorer.Model.Confusions.Count],
            new[] { "train", "test", "trainClasses", "testClasses", "errors" }.Select(name => run.GetProperty("counts").GetProperty(name).GetInt32()));
        Assert.Equal("R@1", run.GetProperty("quality")[0].GetProperty("name").GetString());
        Assert.Equal(explorer.Run.Quality.Recall[1], run.GetProperty("quality")[0].GetProperty("value").GetDouble());
        var chosen = run.GetProperty("estimators").EnumerateArray().Single(e => e.GetProperty("isDefault").GetBoolean());
        Assert.Equal("eif", chosen.GetProperty("name").GetString());
        Assert.Equal(explorer.Model.ClassName(12), run.GetProperty("classes").GetProperty("test")[0].GetProperty("name").GetString());
        Assert.True(run.GetProperty("images").GetBoolean());
    }

    [Fact]
    public async Task Errors_are_those_of_the_engine_with_their_neighbours()
    {
        var page = await explorer.Get("/api/errors?limit=500&sort=id&k=3");
        Dictionary<int, Confusion> wrong = explorer.Model.Confusions.Pairs().ToDictionary(c => c.Pairs[0].Anchor);
        Assert.Equal(wrong.Count, page.GetProperty("total").GetInt32());
        Assert.Equal(wrong.Keys.Order(), page.GetProperty("items").EnumerateArray().Select(Index).Order());
        foreach (var item in page.GetProperty("items").EnumerateArray())
        {
            var expected = explorer.Model.Retrieve(item.GetProperty("query").GetProperty("id").GetString()!, 3);
            var found = item.GetProperty("neighbours").EnumerateArray().ToList();
            Assert.Equal(expected.Neighbours.Select(n => n.Id), found.Select(n => n.GetProperty("item").GetProperty("id").GetString()));
            foreach (var (e, f) in expected.Neighbours.Zip(found))
            {
                Assert.Equal(e.Distance, f.GetProperty("distance").GetDouble(), 1e-9);
                Assert.Equal(e.Label == expected.Label, f.GetProperty("right").GetBoolean());
            }
        }
    }

    [Fact]
    public async Task Errors_are_filtered_ordered_and_cut_into_pages()
    {
        var all = Items(await explorer.Get("/api/errors?limit=500"));
        Assert.Equal(all.Order().Count(), all.Count);
        double[] distances = [.. (await explorer.Get("/api/errors?limit=500&sort=-distance")).GetProperty("items").EnumerateArray().Select(Distance)];
        Assert.Equal(distances.OrderDescending(), distances);
        var middle = distances[distances.Length / 2];
        var near = Items(await explorer.Get(FormattableString.Invariant($"/api/errors?limit=500&max={middle}")));
        Assert.Equal(distances.Count(d => d <= middle), near.Count);
        var labels = explorer.Model.TestLabels;
        foreach (var label in labels.Distinct())
        {
            Assert.Equal(all.Where(i => labels[i] == label).Order(), Items(await explorer.Get($"/api/errors?limit=500&class={label}")).Order());
            int[] taken = [.. all.Where(i => labels[explorer.Model.Neighbours.At(i)] == label).Order()];
            Assert.Equal(taken, Items(await explorer.Get($"/api/errors?limit=500&neighbour={label}")).Order());
        }

        var text = explorer.Model.TestIds[all[0]][..6].ToUpperInvariant();
        Assert.Equal(
            all.Where(i => explorer.Model.TestIds[i].Contains(text, StringComparison.OrdinalIgnoreCase)).Order(),
            Items(await explorer.Get($"/api/errors?limit=500&text={text}")).Order());
        Assert.Equal(all.Skip(1).Take(2), Items(await explorer.Get("/api/errors?offset=1&limit=2")));
    }

    [Fact]
    public async Task Causes_are_those_of_the_engine()
    {
        var confusion = explorer.Model.Confusions.Pairs()[0];
        foreach (var estimator in new[] { "eif", "similarity" })
        {
            using var explanation = explorer.Model.Explain([confusion], estimator);
            var causes = await explorer.Get($"/api/errors/{confusion.Pairs[0].Anchor}/causes?estimator={estimator}&top=7");
            AssertCauses(explanation.MostHarmful(confusion, 7), causes.GetProperty("harmful"));
            AssertCauses(explanation.MostHelpful(confusion, 7), causes.GetProperty("helpful"));
            Assert.Equal(explorer.Model.Confusions.Distance(confusion), causes.GetProperty("distance").GetDouble(), 1e-6);
            Assert.Equal(explanation.IsSigned, causes.GetProperty("signed").GetBoolean());
        }

        static void AssertCauses(IReadOnlyList<Cause> expected, JsonElement found)
        {
            Assert.Equal(expected.Select(c => c.Index), found.EnumerateArray().Select(c => c.GetProperty("item").GetProperty("index").GetInt32()));
            foreach (var (cause, item) in expected.Zip(found.EnumerateArray()))
            {
                Assert.Equal(cause.Harm, item.GetProperty("harm").GetDouble(), 1e-5 * Math.Abs(cause.Harm));
                Assert.NotEmpty(item.GetProperty("why").GetString()!);
            }
        }
    }

    [Fact]
    public async Task What_is_no_error_or_nobody_is_told_in_a_sentence()
    {
        var right = Enumerable.Range(0, 48).First(i => explorer.Model.Confusions.Pairs().All(c => c.Pairs[0].Anchor != i));
        Assert.Equal(right, Index(await explorer.Get($"/api/errors/{right}?k=2")));
        await Says($"/api/errors/{right}/causes", HttpStatusCode.Conflict, "which is right");
        await Says("/api/errors/48", HttpStatusCode.NotFound, "0 to 47, found 48");
        await Says("/api/errors/-1", HttpStatusCode.BadRequest, "of at least 0, found \"-1\"");
        await Says("/api/errors?k=0", HttpStatusCode.BadRequest, "k: expected a whole number from 1 to 20, found \"0\"");
        await Says("/api/errors?sort=taste", HttpStatusCode.BadRequest, "sort: expected distance");
        await Says($"/api/errors/{Wrong}/causes?estimator=nobody", HttpStatusCode.NotFound, "found \"nobody\"");
        await Says("/api/nothing", HttpStatusCode.NotFound, "/api/openapi.json");
    }

    [Fact]
    public async Task A_what_if_predicts_and_finds_out_as_the_engine_does()
    {
        var confusion = explorer.Model.Confusions.Pairs()[0];
        using var explanation = explorer.Model.Explain([confusion], "eif");
        int[] worst = [.. explanation.MostHarmful(confusion, 2).Select(c => c.Index)];
        var error = confusion.Pairs[0].Anchor;
        var started = await explorer.Post("/api/what-if", $$"""
            {"error": {{error}}, "changes": [{"sample": {{worst[0]}}, "action": "drop"}, {"sample": {{worst[1]}}, "action": "relabel", "class": 3}]}
            """);
        var predicted = started.GetProperty("predicted");
        Assert.Equal("eif", predicted.GetProperty("estimator").GetString());
        Assert.Equal(
            Math.Clamp(predicted.GetProperty("distance").GetDouble() + predicted.GetProperty("change").GetDouble(), 0, 4),
            predicted.GetProperty("after").GetDouble(), 1e-12);
        var expected = explorer.Model.WhatIf(confusion, new([new(worst[1], 3)], [worst[0]]));
        var result = await explorer.Result(started);
        Assert.Equal(expected.DistanceBefore, result.GetProperty("distance").GetProperty("before").GetDouble(), 1e-12);
        Assert.Equal(expected.DistanceAfter, result.GetProperty("distance").GetProperty("after").GetDouble(), 1e-12);
        var recall = result.GetProperty("recall");
        Assert.Equal(
            [expected.Recall.Before, expected.Recall.After, expected.Recall.Low, expected.Recall.High, expected.Judged],
            new[] { "before", "after", "low", "high", "judged" }.Select(name => recall.GetProperty(name).GetDouble()));

        // Merging is relabelling a whole class.
        var from = (int)explorer.Model.TrainingLabels[worst[0]];
        var merged = await explorer.Result(await explorer.Post(
            "/api/what-if", $$"""{"error": {{error}}, "changes": [{"sample": {{worst[0]}}, "action": "merge", "class": {{(from + 1) % 12}}}]}"""));
        var members = explorer.Model.TrainingLabels.Index().Where(x => x.Item == from).Select(x => new Relabel(x.Index, (from + 1) % 12));
        Assert.Equal(
            explorer.Model.WhatIf(confusion, new([.. members], [])).DistanceAfter, merged.GetProperty("distance").GetProperty("after").GetDouble(), 1e-12);
        var unsigned = await explorer.Post(
            "/api/what-if",
            $$"""{"error": {{confusion.Pairs[0].Anchor}}, "estimator": "similarity", "changes": [{"sample": {{worst[0]}}, "action": "drop"}]}""");
        Assert.Equal(JsonValueKind.Null, unsigned.GetProperty("predicted").GetProperty("after").ValueKind);
    }

    [Theory]
    [InlineData("""{"error": 0, "changes": []}""", "changes: expected at least one")]
    [InlineData("""{"error": 0, "changes": [{"sample": 0, "action": "relabel"}]}""", "class: expected the new label with relabel")]
    [InlineData("""{"error": 0, "changes": [{"sample": 0, "action": "relabel", "class": 12}]}""", "training class from 0 to 11")]
    [InlineData("""{"error": 0, "changes": [{"sample": 0, "action": "paint"}]}""", "action: expected drop, relabel or merge")]
    [InlineData("""{"error": 0, "changes": [{"sample": -1, "action": "drop"}]}""", "sample: expected a training index")]
    [InlineData("""{"error": 0, "changes": [{"sample": 0, "action": "drop"}, {"sample": 0, "action": "drop"}]}""", "each sample once, found 0 again")]
    [InlineData("""{"error": 0, "changes": [], "estimater": "eif"}""", "unknown key \"estimater\"; did you mean \"estimator\"?")]
    [InlineData("""{"changes": []}""", "openapi.json describes it, found one without error.")]
    [InlineData("""{"error": "first", "changes": []}""", "found another kind of value, or one that lacks a part, at error.")]
    [InlineData("""{"error": 0, "changes": [{"action": "drop"}]}""", "found another kind of value, or one that lacks a part, at changes[0].")]
    [InlineData("[]", "found JSON that is no object.")]
    [InlineData("{\n  nonsense", "found text that is no JSON at line 2, byte 3.")]
    public async Task A_what_if_that_makes_no_sense_is_refused(string body, string says) =>
        Assert.Contains(
            says, (await explorer.Post("/api/what-if", body, HttpStatusCode.BadRequest)).GetProperty("error").GetString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("relabel")]
    [InlineData("merge")]
    public async Task A_change_to_the_class_that_a_sample_has_is_none(string action)
    {
        var body = $$"""{"error": {{Wrong}}, "changes": [{"sample": 5, "action": "{{action}}", "class": {{explorer.Model.TrainingLabels[5]}}}]}""";
        var refusal = await explorer.Post("/api/what-if", body, HttpStatusCode.BadRequest);
        Assert.Contains("class: expected another class than", refusal.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private int Wrong => explorer.Model.Confusions.Pairs()[0].Pairs[0].Anchor;

    private async Task Says(string address, HttpStatusCode status, string part) =>
        Assert.Contains(part, (await explorer.Get(address, status)).GetProperty("error").GetString(), StringComparison.Ordinal);

    private static List<int> Items(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(Index)];

    private static int Index(JsonElement entry) => entry.GetProperty("query").GetProperty("index").GetInt32();

    private static double Distance(JsonElement entry) => entry.GetProperty("distance").GetDouble();
}
