using System.Text.Json;
using Dml.Engine;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>Questions about single images, and about several runs.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class QuestionCommandTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void Neighbours_of_an_id_are_the_nearest_by_plain_loops()
    {
        using var run = Run.Open(tiny.Path);
        var id = run.Model.TestIds[3];
        var found = run.Retrieve(id, 4);
        Assert.Equal((id, (Split?)Split.Test, (int?)3), (found.Query, found.Split, found.Index));
        var distances = Distances(run.Model, 3);
        var nearest = distances.Select((d, i) => (d, i)).Where(x => x.i != 3).OrderBy(x => x.d).ThenBy(x => x.i).Take(4);
        Assert.Equal(nearest.Select(x => x.i), found.Neighbours.Select(n => n.Index));
        Assert.All(found.Neighbours, n => Assert.Equal(distances[n.Index], n.Distance, 1e-5));
        Assert.Equal(run.Model.TestLabels[found.Neighbours[0].Index] == run.Model.TestLabels[3], found.IsRight);

        var outcome = DmlCommand.Succeed("neighbours", tiny.Path, id, "--k", "4");
        Assert.Contains(found.Neighbours[3].Id, outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_from_anywhere_lies_where_its_copy_in_the_run_lies()
    {
        using var run = Run.Open(tiny.Path);
        var file = Path.GetFullPath(run.Dataset.Test[5].File, run.Path);
        var found = run.Retrieve(file, 3);
        Assert.Null(found.IsRight);
        Assert.Equal(run.Model.TestIds[5], found.Neighbours[0].Id);
        Assert.Equal(run.Retrieve(run.Model.TestIds[5], 2).Neighbours.Select(n => n.Id), found.Neighbours.Skip(1).Select(n => n.Id));
    }

    [Fact]
    public void What_is_neither_an_id_nor_a_file_is_refused_with_an_example()
    {
        using var run = Run.Open(tiny.Path);
        var sentence = "Expected the id of a test item or a training sample, or an image file, found \"nothing.png\", which is neither; "
            + $"ids are such as \"{run.Model.TestIds[0]}\".";
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, sentence, "neighbours", tiny.Path, "nothing.png");
    }

    [Fact]
    public void A_wrong_item_is_explained_by_name_as_influence_explains_it()
    {
        using var run = Run.Open(tiny.Path);
        var pair = run.Model.Confusions.Pairs()[0];
        var (wrong, nearest) = (run.Model.TestIds[pair.Pairs[0].Anchor], run.Model.TestIds[pair.Pairs[0].Neighbour]);
        using var harm = run.Model.Explain([pair]);
        var cause = harm.MostHarmful(pair, 1)[0];
        var outcome = DmlCommand.Succeed("explain", tiny.Path, wrong, "--json");
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.Equal("explain", json.RootElement.GetProperty("command").GetString());
        var retrieval = json.RootElement.GetProperty("retrievals")[0];
        Assert.False(retrieval.GetProperty("isRight").GetBoolean());
        Assert.Equal(nearest, retrieval.GetProperty("neighbours")[0].GetProperty("id").GetString());
        var first = json.RootElement.GetProperty("causes").GetProperty("harmful")[0];
        Assert.Equal((cause.Id, cause.ClassName), (first.GetProperty("id").GetString(), first.GetProperty("className").GetString()));

        using var folder = new TemporaryFolder();
        DmlCommand.Succeed("influence", tiny.Path, "--pair", $"{wrong}:{nearest}", "--out", folder.File("by-name"));
        DmlCommand.Succeed("influence", tiny.Path, "--pair", $"{pair.Pairs[0].Anchor}:{pair.Pairs[0].Neighbour}", "--out", folder.File("by-index"));
        Assert.Equal(File.ReadAllBytes(folder.File("by-index/scores.safetensors")), File.ReadAllBytes(folder.File("by-name/scores.safetensors")));
        Assert.StartsWith("target,rank,side,index,id,label,class,harm\n", File.ReadAllText(folder.File("by-name/top.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_of_a_folder_are_those_of_the_run()
    {
        using var folder = new TemporaryFolder();
        using var run = Run.Open(tiny.Path);
        var images = Path.Combine(tiny.Path, "glyphs");
        DmlCommand.Succeed("embed", tiny.Path, images, "--out", folder.File("e.npy"));
        DmlCommand.Succeed("embed", tiny.Path, images, "--out", folder.File("e.safetensors"));
        using var rows = NpyFile.Open(folder.File("e.npy")).Load();
        using var same = SafeTensors.Open(folder.File("e.safetensors")).Load("embeddings");
        Assert.True(rows.equal(same).all().item<bool>());
        var ids = JsonSerializer.Deserialize<string[]>(File.ReadAllText(folder.File("e.npy.ids.json")))!;
        var row = Array.FindIndex(ids, id => id.EndsWith(run.Model.TestIds[2], StringComparison.Ordinal));
        using var expected = run.Embedder.Embed(Path.GetFullPath(run.Dataset.Test[2].File, run.Path));
        Assert.True(rows[row].allclose(expected[0], 1e-4, 1e-5));
        DmlCommand.Refuse(
            folder, "--out: expected a new file, found {dir}/e.npy; give --overwrite to replace it or choose another --out.",
            "embed", tiny.Path, images, "--out", "{dir}/e.npy");
        DmlCommand.Refuse(
            folder, "--out: expected a file that ends with .npy or .safetensors, found \"{dir}/e.txt\".", "embed", tiny.Path, images, "--out", "{dir}/e.txt");
    }

    [Fact]
    public void Runs_are_listed_with_their_quality_and_unfinished_ones_with_what_to_do()
    {
        using var folder = new TemporaryFolder();
        RunWithResults.Copy(tiny.Path, folder.File("runs/deep/one"));
        Directory.CreateDirectory(folder.File("runs/two.partial"));
        folder.Write("runs/two.partial/.unfinished", "");
        var outcome = DmlCommand.Succeed("runs", folder.File("runs"));
        Assert.Contains("deep/one", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("proxy-nca-pp", outcome.Output, StringComparison.Ordinal);
        Assert.Contains($"`dml train --resume {folder.File("runs/two.partial")}` goes on with it", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(2, Run.List(folder.File("runs")).Count);
        DmlCommand.Refuse(folder, "Expected a folder with runs at {dir}/none, found none; correct the path.", "runs", "{dir}/none");
    }

    [Fact]
    public void A_comparison_counts_what_changed_as_plain_loops_do()
    {
        using var folder = new TemporaryFolder();
        var other = TinyTraining.Train(folder, "other", "--set", "training.epochs=3");
        using var before = Run.Open(tiny.Path);
        using var after = Run.Open(other);
        bool[] first = [.. Enumerable.Range(0, before.Model.TestIds.Count).Select(i => before.Retrieve(before.Model.TestIds[i], 1).IsRight!.Value)];
        bool[] second = [.. before.Model.TestIds.Select(id => after.Retrieve(id, 1).IsRight!.Value)];
        var comparison = before.CompareWith(after);
        Assert.Equal(first.Zip(second).Count(x => !x.First && x.Second), comparison.Cured.Count);
        Assert.Equal(first.Zip(second).Count(x => x.First && !x.Second), comparison.New.Count);
        Assert.Equal(second.Average(x => x ? 1.0 : 0) - first.Average(x => x ? 1.0 : 0), comparison.Gain, 1e-12);
        Assert.Equal((first.Length, 0, 0), (comparison.Items, comparison.OnlyBefore, comparison.OnlyAfter));
        Assert.Equal(
            comparison.WrongAfter - comparison.WrongBefore, comparison.Classes.Sum(c => c.WrongAfter - c.WrongBefore));
        var outcome = DmlCommand.Succeed("compare", tiny.Path, other);
        Assert.Contains($"{comparison.Cured.Count} errors cured, {comparison.New.Count} new; McNemar's exact test", outcome.Output, StringComparison.Ordinal);
        var same = before.CompareWith(before);
        Assert.Equal((0, 0, 1.0), (same.Cured.Count, same.New.Count, same.Test.PValue));
    }

    [Fact]
    public void Quiet_prints_nothing_and_json_one_document_even_of_a_mistake()
    {
        var quiet = DmlCommand.Succeed("confusions", tiny.Path, "--quiet");
        Assert.Equal(("", ""), (quiet.Output, quiet.Error));
        var outcome = DmlCommand.Run("confusions", "nowhere", "--json");
        Assert.Equal(1, outcome.ExitCode);
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.Equal(outcome.LastErrorLine, json.RootElement.GetProperty("error").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("exitCode").GetInt32());
    }

    [Theory]
    [InlineData("bash", "complete -o default")]
    [InlineData("zsh", "compdef")]
    [InlineData("fish", "complete -c dml")]
    public void A_shell_gets_what_completes_commands(string shell, string line)
    {
        Assert.Contains(line, DmlCommand.Succeed("completion", shell).Output, StringComparison.Ordinal);
        Assert.Contains("confusions", DmlCommand.Run("[suggest:7]", "dml con").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lone_item_is_told_apart_from_an_error_that_can_be_cured()
    {
        using var folder = new TemporaryFolder();
        var file = Fixtures.Path("cases", "lone-class.safetensors");
        var confusions = DmlCommand.Succeed("confusions", "--features", file, "--out", folder.File("c")).Output;
        Assert.Contains("1 of them are the only test item of their class, so that no model gets them right", confusions, StringComparison.Ordinal);
        var evaluated = DmlCommand.Succeed("evaluate", "--features", file, "--out", folder.File("e")).Output;
        Assert.Contains("1 of the wrong items is the only one of its class among those searched", evaluated, StringComparison.Ordinal);
        Assert.Equal(1, Dml.Engine.Runs.RunMetrics.TryRead(folder.File("e/metrics.json"))!.LoneItems);
        var explained = DmlCommand.Succeed("influence", "--features", file, "--loss", "proxy-nca-pp", "--pairs", "all", "--out", folder.File("i")).Output;
        Assert.Contains("is the only test item of its class, so no training can cure this error", explained, StringComparison.Ordinal);
        using var summary = JsonDocument.Parse(File.ReadAllText(folder.File("i/influence.json")));
        Assert.Single(summary.RootElement.GetProperty("targets").EnumerateArray(), t => t.TryGetProperty("lone", out _));
    }

    private static double[] Distances(Model model, int item)
    {
        using var scope = NewDisposeScope();
        var embeddings = model.Features.TestEmbeddings().to(float64);
        return [.. Enumerable.Range(0, model.TestIds.Count).Select(i => (embeddings[i] - embeddings[item]).pow(2).sum().sqrt().item<double>())];
    }
}
