using System.Text.Json;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>What people mistype or mix up on their first day: one sentence each, with advice that works.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class NewUserMistakeTests(TinyRun tiny) : IClassFixture<TinyRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_id_that_is_nearly_right_or_a_file_name_alone_is_recognised()
    {
        using var run = Engine.Run.Open(tiny.Path);
        var id = run.Model.TestIds[0];
        var misspelt = id[..^1] + "q";
        var error = Assert.Throws<DmlException>(() => run.Model.Retrieve(misspelt));
        Assert.Contains($"found \"{misspelt}\"; perhaps \"", error.Message, StringComparison.Ordinal);
        var name = id[(id.LastIndexOf('/') - 2)..];
        var only = run.Model.TestIds.Concat(run.Model.TrainingIds).Count(i => i.EndsWith(name, StringComparison.Ordinal)) == 1;
        Assert.True(only);
        Assert.Contains($"perhaps \"{id}\" is meant", Assert.Throws<DmlException>(() => run.Model.Retrieve(name)).Message, StringComparison.Ordinal);
        Assert.Contains("perhaps \"", Assert.Throws<DmlException>(() => run.Model.Confusions.Of(misspelt, id)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_config_and_features_that_are_not_there_are_named()
    {
        File.WriteAllText(_folder.File("mine.json"), "{}");
        DmlCommand.Refuse(
            _folder, $"Expected a run folder or a config file, found nothing at {_folder.File("mine.jsn")}; perhaps {_folder.File("mine.json")} is meant.",
            "check", _folder.File("mine.jsn"));
        DmlCommand.Refuse(
            _folder, $"Expected a features file or a folder at {_folder.File("none.npz")}, found nothing; correct the path "
                + "(.npz, .safetensors, .parquet, or a folder).",
            "audit", "--features", _folder.File("none.npz"), "--out", _folder.File("out"));
    }

    [Fact]
    public void A_web_page_in_place_of_a_table_is_called_one()
    {
        File.WriteAllText(_folder.File("list.csv"), "<!DOCTYPE html>\n<html><body>Sign in</body></html>");
        File.WriteAllText(
            _folder.File("mine.json"),
            """{ "dataset": { "name": "csv", "file": "list.csv" }, "backbone": "convnet", "loss": "proxy-nca-pp", "training": { "epochs": 1 } }""");
        var outcome = DmlCommand.Run("check", _folder.File("mine.json"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("expected a table of images, found an HTML page", outcome.Output + outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_command_gives_a_document_where_one_is_asked_for()
    {
        var outcome = DmlCommand.Run("evalute", "--json");
        Assert.Equal(1, outcome.ExitCode);
        using var document = JsonDocument.Parse(outcome.Output);
        Assert.StartsWith(
            "unknown command \"evalute\"; did you mean \"evaluate\"?", document.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_not_compared_with_itself() =>
        DmlCommand.Refuse(_folder, $"Expected two runs, found {tiny.Path} twice; name another run beside it.", "compare", tiny.Path, tiny.Path);

    [Theory]
    [InlineData("trian", "found \"trian\" for 4 samples; did you mean \"train\"?")]
    [InlineData("", "expected a label of each sample, found an empty text at sample 0")]
    public void A_misspelt_split_and_an_empty_label_are_refused(string wrong, string sentence)
    {
        var isSplit = wrong.Length > 0;
        string[] split = [.. Enumerable.Repeat(isSplit ? wrong : "train", 4), .. Enumerable.Repeat("train", 4), .. Enumerable.Repeat("test", 4)];
        string[] labels = [isSplit ? "a" : wrong, "b", "a", "b", "a", "b", "a", "b", "c", "d", "c", "d"];
        var file = _folder.File("mine.safetensors");
        SafeTensors.Write(
            file, new List<(string, Tensor)> { ("features", randn(12, 3)) },
            new Dictionary<string, string> { ["split"] = JsonSerializer.Serialize(split), ["labels"] = JsonSerializer.Serialize(labels) });
        var outcome = DmlCommand.Run("fit", "--features", file, "--loss", "proxy-nca-pp", "--out", _folder.File("run"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(sentence, outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run")));
    }
}
