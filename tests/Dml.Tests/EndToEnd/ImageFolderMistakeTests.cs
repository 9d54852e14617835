using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Training on folders of images with something wrong in them.</summary>
/// <param name="tiny">Its drawn images are copied.</param>
[Collection(CommandLineCollection.Name)]
public sealed class ImageFolderMistakeTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void A_folder_that_is_missing_or_has_no_image_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("empty/a/readme.txt", "");
        var config = TinyTraining.WriteConfig(folder);
        DmlCommand.Refuse(
            folder, "dataset.root: expected a folder with class folders, found nothing at {dir}/none; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.",
            "train", config, "--out", "{dir}/run", "--set", TinyTraining.FolderDataset("none"));
        DmlCommand.Refuse(
            folder, "dataset.root: expected folders of images (.png .jpg .jpeg .jfif .bmp .gif .webp .ppm .pgm .tif .tiff), "
                + "found no image in {dir}/empty (1 .txt); "
                + "name the folder that the dataset was unpacked to.",
            "train", config, "--out", "{dir}/run", "--set", TinyTraining.FolderDataset("empty"));
    }

    [Fact]
    public void A_corrupt_image_is_named_and_ends_the_run_unless_it_may_be_left_out()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.CopyImages(tiny.Path, folder.File("images"));
        var (first, second) = (folder.Write("images/class003/002.png", "no image"), folder.Write("images/class015/001.png", "nor this"));
        var config = TinyTraining.WriteConfig(folder);
        string[] arguments = ["train", config, "--out", folder.File("run"), "--set", TinyTraining.FolderDataset("images")];
        DmlCommand.Refuse(folder, Sentence(first), arguments);

        var outcome = DmlCommand.Succeed([.. arguments, "--set", "images.onDecodeError=skip"]);
        string[] warnings = [LeftOut(first), LeftOut(second)];
        Assert.Equal(warnings, Warnings(folder.File("run")));
        Assert.Equal(warnings.Select(w => "warning: " + w), outcome.Error.Split('\n').Where(l => l.StartsWith("warning", StringComparison.Ordinal)));
        using var dataset = JsonDocument.Parse(File.ReadAllText(folder.File("run/dataset.json")));
        Assert.Equal(71, dataset.RootElement.GetProperty("training").GetArrayLength());
        Assert.Equal(47, dataset.RootElement.GetProperty("test").GetArrayLength());
        DmlCommand.Succeed("mislabel", folder.File("run"));
    }

    [Fact]
    public void A_run_without_known_noise_has_its_report_too()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.CopyImages(tiny.Path, folder.File("images"));
        var run = TinyTraining.Train(folder, "run", "--set", TinyTraining.FolderDataset("images"));
        Assert.Contains("no known label noise", DmlCommand.Succeed("mislabel", run).Output, StringComparison.Ordinal);
        DmlCommand.Succeed("influence", run, "--groups", "2");
        DmlCommand.Succeed("report", run);
        var report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("peak memory", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_with_a_single_image_is_only_warned_about()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.CopyImages(tiny.Path, folder.File("images"));
        foreach (var file in Directory.GetFiles(folder.File("images/class000")).Order(StringComparer.Ordinal).Skip(1)) File.Delete(file);
        var run = TinyTraining.Train(folder, "run", "--set", TinyTraining.FolderDataset("images"));
        Assert.Equal(
            ["Training class class000 has a single image, so its batches repeat that image 2 times; add images or leave the class out."], Warnings(run));
    }

    private static string Sentence(string file) =>
        $"Expected a PNG, JPEG, BMP, WebP, GIF, TIFF, PPM or PGM image, found a file in none of these formats at {file}; "
            + "replace the file, or set images.onDecodeError to skip to leave it out.";

    private static string LeftOut(string file) => $"{Sentence(file).Split(';')[0]}; the image was left out.";

    private static string[] Warnings(string run)
    {
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        return [.. facts.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];
    }
}
