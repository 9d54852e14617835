using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Named pipes and devices in the place of every file that a user names: opening them would never return.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class OddFileTests
{
    private const string Pipe = "it is a named pipe and no regular file";

    [Theory]
    [InlineData(
        "config", "{dir}/p: expected a readable config file, but reading it failed (%); check its permissions.", "train", "{dir}/p", "--out", "{dir}/out")]
    [InlineData(
        "features", "Expected to read {dir}/p, but the system refused (%); check the path and its permissions.", "influence", "--features", "{dir}/p",
        "--loss", "proxy-nca-pp", "--out", "{dir}/out")]
    [InlineData(
        "weights", "Expected to read {dir}/p, but the system refused (%); check the path and its permissions.", "import", "{dir}/tiny.json",
        "--weights", "{dir}/p", "--out", "{dir}/out")]
    public void A_named_pipe_is_refused_at_once(string what, string sentence, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        TinyTraining.WriteConfig(folder);
        OddFiles.Pipe(folder.File("p"));
        Assert.NotEmpty(what);
        DmlCommand.Refuse(folder, sentence.Replace("%", Pipe, StringComparison.Ordinal), arguments);
    }

    [Theory]
    [InlineData("/dev/zero", "it is a device and no regular file")]
    [InlineData("huge.json", "it has 1099511627776 bytes, more than the 16777216 that are read of such a file")]
    [InlineData("p", Pipe)]
    public void What_a_config_extends_is_no_device_no_pipe_and_not_huge(string other, string reason)
    {
        using var folder = new TemporaryFolder();
        OddFiles.Pipe(folder.File("p"));
        using (var huge = File.Create(folder.File("huge.json"))) huge.SetLength(1L << 40);
        folder.Write("c.json", $$"""{ "extends": "{{other}}" }""");
        DmlCommand.Refuse(
            folder, $"{Path.Combine(folder.Path, other)}: expected a readable config file, but reading it failed ({reason}); check its permissions.", "train",
            "{dir}/c.json", "--out", "{dir}/out");
    }

    [Fact]
    public void A_named_pipe_among_the_files_of_a_run_is_refused_by_every_command_that_reads_it()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        foreach (var (file, verb) in new[]
        {
            ("run.json", "report"), ("config.json", "influence"), ("dataset.json", "confusions"), ("features.safetensors", "evaluate"),
            ("metrics.json", "report"), ("features.safetensors", "export"),
        })
        {
            var path = Path.Combine(run, file);
            File.Move(path, path + ".kept");
            OddFiles.Pipe(path);
            string[] more = verb == "export" ? ["--out", folder.File("exported")] : [];
            var outcome = DmlCommand.Run([verb, run, .. more]);
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains(path, outcome.LastErrorLine, StringComparison.Ordinal);
            Assert.Contains("it is a named pipe and no regular file", outcome.LastErrorLine, StringComparison.Ordinal);
            File.Move(path + ".kept", path, overwrite: true);
        }
    }

    [Fact]
    public void Named_pipes_as_images_as_ids_as_labels_and_as_a_log_are_refused()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        TinyTraining.CopyImages(run, folder.File("images"));
        var image = Directory.EnumerateFiles(folder.File("images"), "*.png", SearchOption.AllDirectories).First();
        OddFiles.Pipe(image);
        Expect(image, "train", folder.File("tiny.json"), "--out", folder.File("out"), "--set", TinyTraining.FolderDataset("images"));

        File.Copy(FeatureTensors.GoldenFile, folder.File("f.safetensors"));
        Expect(OddFiles.Pipe(folder.File("f.safetensors.ids.json")), InfluenceRun.Arguments(folder.File("f.safetensors"), folder.File("out")));
        Expect(OddFiles.Pipe(folder.File("relabels.csv")), "train", folder.File("tiny.json"), "--out", folder.File("out"), "--set", "relabels=relabels.csv");
        Expect(OddFiles.Pipe(folder.File("arrays/train_features.npy")), InfluenceRun.Arguments(folder.File("arrays"), folder.File("out")));
        Expect(OddFiles.Pipe(Path.Combine(run, "log.jsonl")), "influence", run, "--groups", "1");
    }

    [Fact]
    public void A_named_pipe_in_the_place_of_a_list_of_a_dataset_is_refused()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.WriteConfig(folder);
        Directory.CreateDirectory(folder.File("data/img"));
        foreach (var (name, list) in new[] { ("inshop", "Eval/list_eval_partition.txt"), ("cars", "cars_annos.mat") })
        {
            var pipe = OddFiles.Pipe(folder.File("data/" + list));
            Expect(pipe, "train", folder.File("tiny.json"), "--out", folder.File("out"), "--set", $$"""dataset={"name": "{{name}}", "root": "data"}""");
        }
    }

    private static void Expect(string path, params IReadOnlyList<string> arguments)
    {
        var outcome = DmlCommand.Run(arguments);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(path, outcome.LastErrorLine, StringComparison.Ordinal);
        Assert.Contains(Pipe, outcome.LastErrorLine, StringComparison.Ordinal);
    }
}
