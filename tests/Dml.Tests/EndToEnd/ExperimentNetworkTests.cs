using System.Globalization;
using System.Xml.Linq;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Experiments that look at images or go through the backbone.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExperimentNetworkTests(ExperimentRuns runs) : IClassFixture<ExperimentRuns>
{
    [Fact]
    public void Samples_shows_the_pair_with_the_samples_that_the_influence_command_puts_first()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Succeed("influence", runs.Noisy0, "--pairs", "1", "--top", "3", "--out", folder.File("influence"));
        var expected = Csv.Parse(File.ReadAllText(folder.File("influence/top.csv")));
        DmlCommand.Succeed(
            "experiment", "samples", runs.Noisy0, "--out", folder.File("out"), "--set", "experiment.shownPairs=2", "--set", "experiment.shownSamples=3",
            "--set", "if.lambda=50");
        var rows = Csv.Parse(File.ReadAllText(folder.File("out/samples.csv"))).Skip(1).ToList();
        Assert.Equal(2 * 2 * 2 * 3, rows.Count);
        Assert.Equal(expected.Skip(1).Select(r => r[4]), rows.Where(r => r[1] == rows[0][1] && r[2] == "eif").Select(r => r[5]));
        Assert.Equal(["eif", "if"], rows.Select(r => r[2]).Distinct());

        var picture = XDocument.Parse(File.ReadAllText(Directory.EnumerateFiles(folder.File("out"), "samples-noisy-0-*.svg").First()));
        Assert.Equal(2 + (4 * 3), picture.Descendants()
            .Count(x => x.Name.LocalName == "image" && x.Attribute("href")!.Value.StartsWith("data:image/png;base64,", StringComparison.Ordinal)));

        // One of the pairs by name gives the same as when it came first by itself.
        var pair = rows[0][1]["pair ".Length..];
        DmlCommand.Succeed(
            "experiment", "samples", runs.Noisy0, "--out", folder.File("named"), "--set", $"experiment.namedPairs=[\"{pair}\"]",
            "--set", "experiment.shownSamples=3", "--set", "if.lambda=50");
        Assert.Equal(
            rows.Where(r => r[1] == rows[0][1]).Select(r => r[5]), Csv.Parse(File.ReadAllText(folder.File("named/samples.csv"))).Skip(1).Select(r => r[5]));
    }

    [Fact]
    public void Through_the_backbone_without_augmentation_the_table_is_that_of_cached_features_and_with_it_another()
    {
        using var folder = new TemporaryFolder();
        var plain = TinyTraining.Train(folder, "plain", "--set", "images.augmentation.kind=none", "--set", "images.augmentation.horizontalFlip=false");
        Assert.Equal(After(folder, plain, "none"), After(folder, plain, "published"), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.NotEqual(After(folder, runs.Clean, "none"), After(folder, runs.Clean, "published"), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Runtime_extrapolates_the_published_way_by_its_cost_and_times_the_cached_one_whole()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Succeed(
            "experiment", "runtime", runs.Clean, "--out", folder.File("out"), "--set", "experiment.timedPairs=3", "--set", "experiment.timedImages=4",
            "--set", "if.lambda=50");
        var rows = Csv.Parse(File.ReadAllText(folder.File("out/runtime.csv"))).Skip(1)
            .ToDictionary(r => (r[1], r[2]), r => (Each: Number(r[7]), All: Number(r[8]), Facts: (r[4], r[5], r[6])));
        Assert.Equal([("eif", "published"), ("if", "published"), ("eif", "cached"), ("if", "cached"), ("tracin", "cached"), ("any", "once")], rows.Keys);
        Assert.All(rows.Values, row =>
        {
            Assert.Equal(("72", "48", "3"), row.Facts);
            Assert.True(row.Each > 0);
            Assert.Equal(3 * row.Each, row.All, 1e-9);
        });

        // The one pass that caches, shared by 3 confusions, and the 48 + 2 x 72 images of each published EIF cost the same an image.
        Assert.Equal(rows[("eif", "published")].Each / (48 + (2 * 72)), rows[("any", "once")].All / (48 + 72), 1e-9);
        Assert.True(rows[("if", "published")].Each > rows[("eif", "published")].Each);
    }

    [Fact]
    public void An_image_that_is_gone_is_named()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        var image = Directory.EnumerateFiles(Path.Combine(run, "glyphs"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        File.Delete(image);
        DmlCommand.Refuse(folder,
            $"Expected a readable image file at {image}, but reading it failed (Could not find file '{image}'.); correct the path or the file's permissions.",
            "experiment", "runtime", run, "--out", "{dir}/out", "--set", "experiment.timedImages=72");
    }

    [Fact]
    public void A_damaged_image_that_may_be_skipped_in_training_is_missed_here()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--set", "images.onDecodeError=skip");
        var image = Directory.EnumerateFiles(Path.Combine(run, "glyphs"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        File.WriteAllText(image, "no image");
        var error = DmlCommand.Run(["experiment", "runtime", run, "--out", folder.File("out"), "--set", "experiment.timedImages=72"]);
        Assert.Equal(1, error.ExitCode);
        Assert.Contains($"Expected the images that {run} was trained on, found 1 of 72 damaged since", error.LastErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_runs_of_one_name_keep_their_own_pictures()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (TinyTraining.Train(folder, "a/run"), TinyTraining.Train(folder, "b/run", "--set", "seed=1"));
        DmlCommand.Succeed("experiment", "samples", first, second, "--out", folder.File("out"), "--set", "experiment.shownPairs=1", "--set", "if.lambda=50");
        Assert.Equal(["a-run", "b-run"], Csv.Parse(File.ReadAllText(folder.File("out/samples.csv"))).Skip(1).Select(r => r[0]).Distinct());
        Assert.Equal(2, Directory.EnumerateFiles(folder.File("out"), "*.svg").Count());
    }

    private static double[] After(TemporaryFolder folder, string run, string augment)
    {
        var output = folder.File(augment + Path.GetFileName(run));
        DmlCommand.Succeed(
            "experiment", "confusion-table", run, "--out", output, "--set", $"experiment.augment={augment}", "--set", "experiment.pairs=3",
            "--set", "experiment.groups=1", "--set", "experiment.estimators=[\"eif\"]");
        return [.. Csv.Parse(File.ReadAllText(Path.Combine(output, "confusion-each.csv"))).Skip(1).Select(r => Number(r[5]))];
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
