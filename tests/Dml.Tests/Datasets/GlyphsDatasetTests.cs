using System.Security.Cryptography;
using System.Text;
using Dml.Plugins;
using Dml.Tests.Support;
using SkiaSharp;

namespace Dml.Tests.Datasets;

public sealed class GlyphsDatasetTests
{
    [Fact]
    public void Training_classes_come_first_and_every_image_is_there()
    {
        using var glyphs = new DrawnGlyphs();
        var data = glyphs.Open();
        Assert.Equal(["class000", "class001", "class002", "class003", "class004"], data.ClassNames);
        Assert.Equal(3, data.TrainingClassCount);
        Assert.Equal(["class000/000.png", "class000/001.png", "class001/000.png"], data.Training.Take(3).Select(s => s.Id));
        Assert.Equal([3, 3, 4, 4], data.Query.Select(s => s.ClassIndex));
        Assert.Null(data.Gallery);
        Assert.All(data.Training.Concat(data.Query), s => Assert.True(File.Exists(s.File)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes()
    {
        using var first = new DrawnGlyphs();
        using var second = new DrawnGlyphs();
        first.Open(runSeed: 7);
        second.Open(DrawnGlyphs.Few with { Seed = 7 }, runSeed: 8);
        Assert.Equal(first.Files(), second.Files());
        Assert.Equal(11, first.Files().Count);
    }

    [Fact]
    public void The_bytes_are_those_that_version_1_stands_for()
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open(new() { TrainingClasses = 6, TestClasses = 6, SamplesPerClass = 3 });
        var all = string.Join('\n', glyphs.Files().Where(f => f.Key.EndsWith(".png", StringComparison.Ordinal)).Select(f => $"{f.Key} {f.Value}"));
        // A change here changes everyone's drawn dataset: raise the version in GlyphManifest with it.
        Snapshot.Verify(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all))));
    }

    [Fact]
    public void Another_seed_gives_other_images()
    {
        using var first = new DrawnGlyphs();
        using var second = new DrawnGlyphs();
        first.Open(runSeed: 1);
        second.Open(runSeed: 2);
        Assert.All(first.Files(), file => Assert.NotEqual(file.Value, second.Files()[file.Key]));
    }

    [Fact]
    public void No_two_images_are_alike_within_a_dataset()
    {
        using var glyphs = new DrawnGlyphs();
        var data = glyphs.Open(new() { TrainingClasses = 10, TestClasses = 10, SamplesPerClass = 5, Noise = 0 });
        Assert.Equal(100, data.Training.Concat(data.Query).Select(s => Convert.ToHexString(File.ReadAllBytes(s.File))).Distinct().Count());
    }

    [Fact]
    public void More_classes_and_samples_leave_the_others_as_they_are()
    {
        using var few = new DrawnGlyphs();
        using var more = new DrawnGlyphs();
        few.Open();
        more.Open(DrawnGlyphs.Few with { TrainingClasses = 12, SamplesPerClass = 4 });
        var files = more.Files();
        Assert.All(few.Files().Where(f => string.CompareOrdinal(f.Key, "class003") < 0), file => Assert.Equal(file.Value, files[file.Key]));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(256)]
    public void An_image_decodes_to_gray_of_the_size_asked_for_with_dark_strokes_on_white(int size)
    {
        using var glyphs = new DrawnGlyphs();
        var data = glyphs.Open(DrawnGlyphs.Few with { Size = size });
        foreach (var sample in data.Training)
        {
            using var codec = SKCodec.Create(sample.File);
            Assert.Equal((size, size, SKColorType.Gray8), (codec.Info.Width, codec.Info.Height, codec.Info.ColorType));
            using var bitmap = SKBitmap.Decode(codec);
            var values = bitmap.Bytes;
            Assert.InRange(values.Count(v => v < 64) / (double)values.Length, 0.01, 0.4);
            Assert.InRange(values.Count(v => v > 192) / (double)values.Length, 0.5, 0.99);
        }
    }

    [Fact]
    public void Without_jitter_and_noise_all_drawings_of_a_class_are_alike()
    {
        using var glyphs = new DrawnGlyphs();
        var data = glyphs.Open(DrawnGlyphs.Few with { Jitter = 0, Noise = 0 });
        Assert.All(data.Training.GroupBy(s => s.ClassIndex), c => Assert.Single(c.Select(s => Convert.ToHexString(File.ReadAllBytes(s.File))).Distinct()));
        Assert.Equal(5, data.Training.Concat(data.Query).Select(s => Convert.ToHexString(File.ReadAllBytes(s.File))).Distinct().Count());
    }

    [Fact]
    public void Classes_of_a_family_share_most_of_their_ink_and_others_do_not()
    {
        using var glyphs = new DrawnGlyphs();
        var data = glyphs.Open(new() { TrainingClasses = 40, TestClasses = 1, SamplesPerClass = 1, FamilySize = 4, Jitter = 0, Noise = 0 });
        var ink = data.Training.Select(s =>
        {
            using var bitmap = SKBitmap.Decode(s.File);
            return bitmap.Bytes.Select(v => v < 128).ToArray();
        }).ToArray();
        double Shared(Func<int, int, bool> which) => (
            from a in Enumerable.Range(0, 40)
            from b in Enumerable.Range(0, a)
            where which(a / 4, b / 4)
            select ink[a].Zip(ink[b]).Count(p => p.First && p.Second) / (double)ink[a].Zip(ink[b]).Count(p => p.First || p.Second)).Average();
        Assert.True(Shared((a, b) => a == b) > 2 * Shared((a, b) => a != b));
    }

    [Fact]
    public void The_drawn_folder_is_a_dataset_of_the_folder_plugin()
    {
        using var glyphs = new DrawnGlyphs();
        var drawn = glyphs.Open();
        var read = new FolderDataset(new() { Root = glyphs.Root, Training = ["0..2"], Test = ["3..4"] }, new("/", "/", 0))
            .Open(SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(drawn.ClassNames, read.ClassNames);
        Assert.Equal(drawn.Training, read.Training);
        Assert.Equal(drawn.Query, read.Query);
    }
}
