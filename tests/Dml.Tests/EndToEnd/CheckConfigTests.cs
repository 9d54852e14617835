using System.Text.Json;
using Dml.Engine;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A config is looked at before it is trained: `dml check` and the warnings of a run come from one look.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class CheckConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _rows = [];

    [Fact]
    public void A_sound_dataset_is_told_with_its_numbers_and_nothing_is_written()
    {
        Images(3, 3);
        var before = Directory.GetFileSystemEntries(_folder.Path);
        var outcome = DmlCommand.Succeed("check", Config());
        Assert.Equal(
            """
            training: 9 images of 3 classes
            test: 9 images of 3 classes
            sizes: 16 x 16 to 16 x 16 pixels, median 16 x 16
            batches: 2 of 4 images an epoch
            Nothing odd was found; a training would begin.

            """,
            outcome.Output[..outcome.Output.IndexOf("Next: `dml train ", StringComparison.Ordinal)]);
        Assert.Equal([_folder.File("config.json"), _folder.File("t.csv")], Directory.GetFileSystemEntries(_folder.Path).Except(before).Order());
    }

    [Fact]
    public void Every_odd_thing_is_told_and_the_run_has_the_same_warnings()
    {
        Images(3, 3);
        Add("copy.png", 0, "train1", "train");
        Add("leak.png", 1, "test0", "test", "session");
        Add("lone.png", 900, "alone", "test");
        Add("long.png", 901, "train2", "train", "session", width: 60, height: 8);
        Rotated("turned.jpg", "train2");
        string[] expected =
        [
            "1 of 23 images are seen as they are stored, not turned as the EXIF orientation of their files says; "
                + "set images.exifOrientation to apply to turn them.",
            "1 test image is pixel for pixel a training image (leak.png = train0/1.png), so the test says too little of what is new to the model; "
                + "remove them from one split.",
            "1 picture stands under several labels (train0/0.png as train0 = copy.png as train1); correct their labels or remove the copies.",
            "1 test class has a single image (alone), which can find no other of its class and counts as an error; add images or leave these classes out.",
            "1 group stands in both splits (session), so test images were taken together with training images; keep each group in one split.",
            "1 image is more than 5 times as long as wide or as wide as long (long.png of 60 x 8), so a centre crop sees a small part of them.",
        ];
        var check = RunConfig.Load(Config()).Check();
        Assert.True(check.CanTrain);
        Assert.Equal(expected, check.Warnings);
        Assert.Equal((12, 11, 3, 4), (check.TrainingImages, check.TestImages, check.TrainingClasses, check.TestClasses));
        Assert.Equal(new ImageSizes(new(16, 16), new(16, 16), new(40, 28)), check.Sizes);
        DmlCommand.Succeed("train", Config(), "--out", _folder.File("run"));
        Assert.Equal(expected, Warnings("run"));
        var turned = RunConfig.Load(Config()).Set("images.exifOrientation", "apply").Check();
        Assert.Equal("1 of 23 images were turned as the EXIF orientation of their files says.", turned.Warnings[0]);
    }

    [Fact]
    public void Every_image_that_cannot_be_decoded_is_named_up_to_twenty_and_counted()
    {
        Images(3, 3);
        for (var i = 0; i < 25; i++)
        {
            Add($"broken/{i:00}.png", 0, i < 12 ? "train0" : "test0", i < 12 ? "train" : "test");
            _folder.Write($"broken/{i:00}.png", "no image");
        }

        var outcome = DmlCommand.Run("check", Config());
        Assert.Equal(1, outcome.ExitCode);
        var errors = outcome.Output.Split('\n').Where(l => l.StartsWith("error: ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(21, errors.Length);
        Assert.All(errors[..20].Index(), e => Assert.Contains($"broken/{e.Index:00}.png;", e.Item, StringComparison.Ordinal));
        Assert.Equal("error: Expected images that can be used, found 25 of 43 that cannot; the first 20 are named.", errors[20]);
        Assert.Equal(
            $"Expected a config that can be trained, found 21 errors in {Config()}; the lines above say what to do.", outcome.LastErrorLine);
        var refused = DmlCommand.Run("train", Config(), "--out", _folder.File("run"));
        Assert.Contains("(11 more of 21 images cannot be used; `dml check` names them).", refused.LastErrorLine, StringComparison.Ordinal);
        Assert.Contains(
            "25 images would be left out; the first 20 are named.", DmlCommand.Succeed("check", Config(), "--set", "images.onDecodeError=skip").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_would_end_a_training_is_told_at_once()
    {
        Images(1, 3);
        var outcome = DmlCommand.Run("check", Config(), "--set", "relabels=none.csv");
        Assert.Equal(1, outcome.ExitCode);
        var errors = outcome.Output.Split('\n').Where(l => l.StartsWith("error: ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(errors, e => e.Contains("training.batchClasses = 2 classes", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Contains("none.csv", StringComparison.Ordinal));
        Assert.Contains("training: 3 images of 1 classes", outcome.Output, StringComparison.Ordinal);
        _rows.Clear();
        Assert.Contains("error: ", DmlCommand.Run("check", Config()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_a_config_are_refused_for_a_run()
    {
        Assert.Equal(
            "--seed: expected a config file with it, found runs/x, which is none; name the file, or leave it out for a run.",
            DmlCommand.Run("check", "runs/x", "--seed", "1").LastErrorLine);
    }

    [Fact]
    public void Queries_without_a_gallery_image_are_told()
    {
        Images(3, 0);
        foreach (var (i, (label, role)) in new[] { ("a", "query"), ("a", "gallery"), ("b", "query"), ("b", "query") }.Index())
        {
            Add($"{i}.png", 500 + i, label, "test", role: role);
        }

        Add("z.png", 600, "c", "test", role: "gallery");
        Assert.Equal(
            ["2 queries have no gallery image of their class (b), so nothing right can be found; add gallery images or leave these queries out."],
            RunConfig.Load(Config()).Check().Warnings);
    }

    [Theory]
    [InlineData("transparent-gif", "cfg.json")]
    [InlineData("unread-types", "tif.json")]
    public void Cases_of_formats_pass_without_a_word(string name, string config)
    {
        var check = RunConfig.Load(Fixtures.Path("cases", name, config)).Check();
        Assert.Empty(check.Errors);
        Assert.DoesNotContain(check.Warnings, w => w.StartsWith("Left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Boxes_give_the_features_of_images_that_were_cut_before()
    {
        for (var i = 0; i < 18; i++)
        {
            var (label, split) = ($"c{i / 3}", i < 9 ? "train" : "test");
            var whole = Pictures.Noise(i, 40, 30);
            var (left, top) = (i % 7, i % 5);
            File.WriteAllBytes(_folder.File($"{i:00}.png"), Pictures.Png(whole));
            Directory.CreateDirectory(_folder.File("cut"));
            File.WriteAllBytes(_folder.File($"cut/{i:00}.png"), Pictures.Png(whole.Part(left, top, 20, 18)));
            _rows.Add($"{i:00}.png,{label},{split},,,{left},{top},{left + 20},{top + 18}");
        }

        DmlCommand.Succeed("train", Config(), "--out", _folder.File("boxes"));
        for (var i = 0; i < _rows.Count; i++) _rows[i] = string.Join(',', _rows[i].Split(',')[..5]) + ",,,,";
        DmlCommand.Succeed("train", Config(), "--out", _folder.File("cuts"), "--set", "dataset.root=cut");
        Assert.Equal(File.ReadAllBytes(_folder.File("cuts/features.safetensors")), File.ReadAllBytes(_folder.File("boxes/features.safetensors")));
        using var dataset = JsonDocument.Parse(File.ReadAllText(_folder.File("boxes/dataset.json")));
        Assert.Equal(
            """{"left":1,"top":1,"right":21,"bottom":19}""",
            JsonSerializer.Serialize(dataset.RootElement.GetProperty("training")[1].GetProperty("box")));
    }

    public void Dispose() => _folder.Dispose();

    private void Images(int training, int test)
    {
        foreach (var (split, count) in new[] { ("train", training), ("test", test) })
        {
            for (var c = 0; c < count; c++)
            {
                for (var i = 0; i < 3; i++) Add($"{split}{c}/{i}.png", (split == "test" ? 100 : 0) + (3 * c) + i, $"{split}{c}", split);
            }
        }
    }

    private void Add(string name, int number, string label, string split, string group = "", string role = "", int width = 16, int height = 16)
    {
        Pictures.Write(_folder, name, number, width, height);
        _rows.Add($"{name},{label},{split},{role},{group},,,,");
    }

    private void Rotated(string name, string label)
    {
        File.Copy(Fixtures.Path("images", "rotated.jpg"), _folder.File(name));
        _rows.Add($"{name},{label},train,,,,,,");
    }

    private string Config()
    {
        _folder.Write("t.csv", $"path,label,split,role,group,x1,y1,x2,y2\n{string.Join('\n', _rows)}\n");
        return _folder.Write(
            "config.json",
            """
            {
              "threads": 1, "device": "cpu", "dataset": { "name": "csv", "file": "t.csv" }, "backbone": { "name": "convnet", "channels": [4] },
              "loss": "proxy-nca-pp", "images": { "size": 8 }, "training": { "epochs": 1, "batchClasses": 2, "batchImages": 2, "embeddingSize": 4 }
            }
            """);
    }

    private string[] Warnings(string run)
    {
        using var facts = JsonDocument.Parse(File.ReadAllText(_folder.File($"{run}/run.json")));
        return [.. facts.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];
    }
}
