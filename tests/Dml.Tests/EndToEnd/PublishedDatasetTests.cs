using System.Text.Json;
using Dml.Tests.Datasets;
using Dml.Tests.Support;
using SkiaSharp;

namespace Dml.Tests.EndToEnd;

/// <summary>A short training on the tiny trees of each published dataset, from their own formats to recall and influence.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class PublishedDatasetTests
{
    [Fact]
    public void Cub_trains_on_the_images_of_the_tiny_tree()
    {
        using var folder = new TemporaryFolder();
        var output = Train(folder, "cub", GoldenDatasets.Root("CUB_200_2011"), "0..11", "12..15");
        Assert.Matches("^R@1 [01]\\.[0-9]{4}  R@2 [01]\\.[0-9]{4}  R@4 [01]\\.[0-9]{4}  R@8 [01]\\.[0-9]{4}", output);
        using var dataset = Dataset(folder);
        Assert.Equal((63, 19), (Count(dataset, "training"), Count(dataset, "test")));
    }

    [Fact]
    public void Cars_trains_on_annotations_as_matlab_writes_them()
    {
        using var folder = new TemporaryFolder();
        var facts = GoldenDatasets.Facts.GetProperty("cars");
        File.Copy(GoldenDatasets.Root("CARS_196_matlab_utf16", "cars_annos.mat"), folder.File("cars_annos.mat"));
        foreach (var car in facts.GetProperty("annotations").EnumerateArray())
        {
            Draw(folder.File(car.GetProperty("relative_im_path").GetString()!), car.GetProperty("class").GetInt32());
        }

        Assert.StartsWith("R@1 ", Train(folder, "cars", folder.Path, "0..4", "5..9"), StringComparison.Ordinal);
        using var dataset = Dataset(folder);
        Assert.Equal((18, 18), (Count(dataset, "training"), Count(dataset, "test")));
        Assert.Equal("AM General Hummer SUV 2000", dataset.RootElement.GetProperty("classNames")[0].GetString());
    }

    [Fact]
    public void In_shop_is_evaluated_query_against_gallery_and_explained_in_their_union()
    {
        using var folder = new TemporaryFolder();
        folder.Write("Eval/list_eval_partition.txt", File.ReadAllText(GoldenDatasets.Root("inshop", "Eval", "list_eval_partition.txt")));
        foreach (var split in new[] { "train", "all" })
        {
            foreach (var (path, label) in GoldenDatasets.Items(GoldenDatasets.Facts.GetProperty("inshop").GetProperty("splits").GetProperty(split)))
            {
                Draw(folder.File(path), label);
            }
        }

        // Ten gallery images: R@1 and R@10 of the ranks that In-shop is measured at.
        var output = Train(folder, "inshop", folder.Path, "0..11", "12..18", "--set", "noise.share=0.2", "--seed", "3");
        Assert.Matches("^R@1 [01]\\.[0-9]{4}  R@10 1\\.0000[^0-9]", output);
        using var dataset = Dataset(folder);
        Assert.Equal((36, 24, 14), (Count(dataset, "training"), Count(dataset, "test"), dataset.RootElement.GetProperty("queryCount").GetInt32()));
        var published = GoldenDatasets.Facts.GetProperty("inshop").GetProperty("noisy")[0];
        Assert.Equal(
            GoldenDatasets.Numbers(published.GetProperty("noisy_indices")),
            GoldenDatasets.Numbers(dataset.RootElement.GetProperty("noise").GetProperty("indices")));
        Assert.Equal(
            GoldenDatasets.Numbers(published.GetProperty("labels")),
            dataset.RootElement.GetProperty("training").EnumerateArray().Select(s => s.GetProperty("label").GetInt32()));

        DmlCommand.Succeed("confusions", folder.File("run"));

        // Item 23 is of the gallery.
        DmlCommand.Succeed("influence", folder.File("run"), "--groups", "1", "--pair", "0:23");
        Assert.Equal([2, 36], new InfluenceRun(folder.File("run")).Harm.shape);
    }

    private static string Train(TemporaryFolder folder, string plugin, string root, string training, string test, params string[] more)
    {
        var section = $$"""dataset={"name": "{{plugin}}", "root": "{{root}}", "trainingClasses": "{{training}}", "testClasses": "{{test}}"}""";
        return DmlCommand.Succeed(["train", TinyTraining.WriteConfig(folder), "--out", folder.File("run"), "--set", section, .. more]).Output;
    }

    private static JsonDocument Dataset(TemporaryFolder folder) => JsonDocument.Parse(File.ReadAllText(folder.File("run/dataset.json")));

    private static int Count(JsonDocument dataset, string split) => dataset.RootElement.GetProperty(split).GetArrayLength();

    /// <summary>A small JPEG; two classes share the very same picture, so that they are confused however the training went.</summary>
    private static void Draw(string file, int label)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var bitmap = new SKBitmap(30, 24, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Erase(SKColor.FromHsv(label / 2 * 37 % 360, 80, 70));
        using var stream = File.Create(file);
        Assert.True(bitmap.Encode(stream, SKEncodedImageFormat.Jpeg, 90));
    }
}
