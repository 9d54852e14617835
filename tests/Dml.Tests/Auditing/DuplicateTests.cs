using Dml.Engine;
using Dml.Engine.Auditing;
using Dml.Engine.Explaining;
using Dml.Engine.Images;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Auditing;

/// <summary>Planted duplicates and spoilt images among drawn ones, and drawn ones without any.</summary>
public sealed class DuplicateTests
{
    private const int Pixels = 64;
    private const int PerSplit = 40;

    [Fact]
    public void Drawn_images_have_no_duplicates_and_nothing_odd()
    {
        var result = Audit(Images(1), Images(2));
        Assert.Empty(result.Findings);
        Assert.All(result.Sections, s => Assert.True(s.Ran));
    }

    [Fact]
    public void Exact_copies_are_named_as_leaks_or_by_their_labels()
    {
        var (training, test) = (Images(1), Images(2));
        (test[5], training[7], training[3]) = (training[0], training[1], training[2]);
        var result = Audit(training, test);
        Assert.Equal(["leak", "duplicate-other-label", "duplicate"], result.Findings.Select(f => f.Kind));
        Assert.Equal([("train/0", "test/5"), ("train/1", "train/7"), ("train/2", "train/3")], result.Findings.Select(f => (f.Items[0].Id, f.Items[1].Id)));
        Assert.Equal(1.0, result.Of("duplicates")!.Figures.Single(f => f.Name == "Test items left out").Value);
    }

    [Fact]
    public void Crops_mirrors_and_other_brightness_are_found_and_nothing_else()
    {
        var (training, test) = (Images(1), Images(2));
        test[0] = BilinearResize.ResizeCrop(training[0], new(3, 1, 58, 60, false), 58, 60);
        test[1] = Each(training[1], (image, i) => image.Pixels[i + (3 * (Pixels - 1 - (2 * (i / 3 % Pixels))))]);
        test[2] = Each(training[2], (image, i) => (byte)(image.Pixels[i] * 0.7));
        var found = Audit(training, test, "audit.checks=[\"duplicates\"]").Findings;
        Assert.Equal([("train/0", "test/0"), ("train/1", "test/1"), ("train/2", "test/2")], found.Select(f => (f.Items[0].Id, f.Items[1].Id)).Order());
        Assert.All(found, f => Assert.Equal("near-leak", f.Kind));
    }

    [Fact]
    public void Each_pair_of_a_group_of_four_near_copies_is_found()
    {
        var (training, test) = (Images(1), Images(2));
        foreach (var (index, gain) in new[] { 0.7, 0.8, 0.9 }.Index()) test[index] = Each(training[0], (image, i) => (byte)(image.Pixels[i] * gain));
        var found = Audit(training, test, "audit.checks=[\"duplicates\"]").Findings;
        string[] group = ["train/0", "test/0", "test/1", "test/2"];
        Assert.Equal(
            group.SelectMany((first, i) => group.Skip(i + 1).Select(second => (first, second))).Order(),
            found.Select(f => (f.Items[0].Id, f.Items[1].Id)).Order());
    }

    [Fact]
    public void Images_that_cannot_be_read_are_counted()
    {
        var (training, test) = (Images(1), Images(2));
        var one = Audit(training, test, "audit.checks=[\"duplicates\"]", unread: 1);
        Assert.EndsWith("; 1 image cannot be read.", one.Of("duplicates")!.Summary, StringComparison.Ordinal);
        var two = Audit(training, test, "audit.checks=[\"images\"]", unread: 2);
        Assert.EndsWith("; 2 images cannot be read.", two.Of("images")!.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("read", Audit(training, test).Of("duplicates")!.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_features_with_two_labels_are_found_without_images()
    {
        using var model = WithEqualFeatures();
        var section = model.Audit(["audit.checks=[\"duplicates\"]"]).Of("duplicates")!;
        Assert.Equal(
            [("duplicate-other-label", 2, 3), ("duplicate", 0, 5)], section.Findings.Select(f => (f.Kind, f.Items[0].Index, f.Items[1].Index)));
        Assert.False(model.Audit(["audit.checks=[\"images\"]"]).Of("images")!.Ran);
    }

    [Fact]
    public void Equal_features_with_two_labels_are_not_called_explained()
    {
        using var model = WithEqualFeatures();
        var pair = model.Confusions.Of(2, 3);
        using var explained = model.Explain([pair], "eif");
        Assert.EndsWith(
            $"; {model.TestIds[2]} is a duplicate of {model.TestIds[3]} with another label, so there is nothing to explain",
            explained.Describe(pair), StringComparison.Ordinal);
        Assert.Equal((0.0, 0), (explained.Targets[0].Distance, explained.MostHarmful(pair).Count));
        Assert.True(ExplainedTargetRecord.Of(explained.Targets[0]).Duplicate);
    }

    [Fact]
    public void Spoilt_images_are_named_with_their_number()
    {
        var training = Images(1);
        training[0] = Each(training[0], (_, _) => 90);
        training[1] = Each(training[1], (image, i) => (byte)(image.Pixels[i] / 10));
        training[2] = Each(training[2], (image, i) => (byte)(255 - (image.Pixels[i] / 10)));
        training[3] = BilinearResize.Resize(BilinearResize.Resize(training[3], 5, 5), Pixels, Pixels);
        training[4] = BilinearResize.Resize(training[4], 200, Pixels);
        var found = Audit(training, Images(2), "audit.checks=[\"images\"]").Findings;
        Assert.Equal(
            [("blank-image", "train/0"), ("blurred-image", "train/3"), ("blurred-image", "train/4"), ("bright-image", "train/2"), ("dark-image", "train/1"),
                ("odd-shape", "train/4")],
            found.Where(f => f.Kind != "odd-size" && f.Items[0].Split == Split.Training).Select(f => (f.Kind, f.Items[0].Id)).Order());
    }

    [Fact]
    public void Digests_are_those_of_plain_loops()
    {
        var image = Images(3)[0];
        var digest = ImageDigest.Of(image);
        double Luma(int x, int y)
        {
            var at = 3 * ((y * Pixels) + x);
            return Math.Floor(((299.0 * image.Pixels[at]) + (587.0 * image.Pixels[at + 1]) + (114.0 * image.Pixels[at + 2]) + 500) / 1000);
        }

        List<double> all = [], edges = [];
        for (var y = 0; y < Pixels; y++)
        {
            for (var x = 0; x < Pixels; x++)
            {
                all.Add(Luma(x, y));
                if (x is 0 or Pixels - 1 || y is 0 or Pixels - 1) continue;
                edges.Add(Luma(x - 1, y) + Luma(x + 1, y) + Luma(x, y - 1) + Luma(x, y + 1) - (4 * Luma(x, y)));
            }
        }

        Assert.Equal(all.Average(), digest.Mean, 1e-9);
        Assert.Equal(Math.Sqrt(Variance(all)), digest.Deviation, 1e-9);
        Assert.Equal(Math.Log((Variance(edges) + 1) / (Variance(all) + 1)), digest.Sharpness, 1e-9);
        Assert.NotEqual(digest.Content, ImageDigest.Of(new(Pixels / 2, Pixels * 2, image.Pixels)).Content);
    }

    private static double Variance(List<double> values) => values.Average(v => v * v) - (values.Average() * values.Average());

    /// <summary>Test items 2 and 3 are equal under two labels, 0 and 5 under one.</summary>
    private static Model WithEqualFeatures()
    {
        using var scope = NewDisposeScope();
        var rows = tensor(new float[] { 1, 0, 0, 1, 3, 1, 3, 1, 2, 5, 1, 0 }, [6, 2]);
        return Model.FromArrays(
            new ModelArrays
            {
                TrainingFeatures = tensor(new float[] { 9, 1, 1, 9 }, [2, 2]),
                TrainingLabels = tensor(new long[] { 0, 1 }),
                TestFeatures = rows,
                TestLabels = tensor(new long[] { 2, 2, 3, 4, 3, 2 }),
                HeadWeight = eye(2, 2),
                Proxies = eye(2, 2),
            },
            "proxy-nca-pp");
    }

    private static AuditResult Audit(RgbImage[] training, RgbImage[] test, string checks = "audit.checks=[\"duplicates\",\"images\"]", int unread = 0)
    {
        using var scope = NewDisposeScope();
        long[] labels = [.. Enumerable.Range(0, PerSplit).Select(i => (long)(i / 4))];
        var random = new CounterRandom(5, 0, 0);
        Tensor Features() => tensor(
            Enumerable.Range(0, PerSplit * 10).Select(i => (float)random.NextUnit() + (i % 10 == i / 40 ? 3f : 0f)).ToArray(), [PerSplit, 10]);
        using var model = Model.FromArrays(
            new ModelArrays
            {
                TrainingFeatures = Features(),
                TrainingLabels = tensor(labels),
                TestFeatures = Features(),
                TestLabels = tensor(labels),
                HeadWeight = eye(10, 10),
                Proxies = eye(10, 10),
            },
            "proxy-nca-pp");
        using var context = new AuditContext(model, new Progress<ProgressReport>(), default)
        {
            Images = AuditImages.Of([.. training.Select((image, i) => i < unread ? null : ImageDigest.Of(image))], [.. test.Select(ImageDigest.Of)]),
        };
        return new([.. AuditSession.Bind([checks]).Select(check => check.Run(context))]);
    }

    /// <summary>Blobs and bars at random places, each image another.</summary>
    private static RgbImage[] Images(int seed) => [.. Enumerable.Range(0, PerSplit).Select(index =>
    {
        var random = new CounterRandom(seed, index, 7);
        var shapes = Enumerable.Range(0, 14).Select(_ => (
            X: random.NextBetween(0, Pixels), Y: random.NextBetween(0, Pixels), A: random.NextBetween(2, 12), B: random.NextBetween(2, 12),
            Level: random.NextBetween(30, 220)))
            .ToArray();
        var pixels = new byte[3 * Pixels * Pixels];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y, level) = (i / 3 % Pixels, i / 3 / Pixels, 125.0);
            foreach (var s in shapes) level = Math.Pow((x - s.X) / s.A, 2) + Math.Pow((y - s.Y) / s.B, 2) < 1 ? s.Level : level;
            pixels[i] = (byte)level;
        }

        return new RgbImage(Pixels, Pixels, pixels);
    })];

    private static RgbImage Each(RgbImage image, Func<RgbImage, int, byte> pixel) =>
        new(image.Width, image.Height, [.. Enumerable.Range(0, image.Pixels.Length).Select(i => pixel(image, i))]);
}
