using Dml.Engine.Images;
using Dml.Tests.Support;
using SkiaSharp;

namespace Dml.Tests.Images;

public sealed class ImageSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_damaged_image_is_refused_by_name_before_anything_else_happens()
    {
        var samples = Samples("rgb_97x61.png", Damaged("short.png"), "la_45x58.png");
        var error = Assert.Throws<DmlException>(() => Open(samples, new ImageOptions()));
        Assert.Contains(_folder.File("short.png"), error.Message, StringComparison.Ordinal);
        Assert.Contains("onDecodeError", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_image_is_left_out_with_a_warning_when_asked()
    {
        var samples = Samples("rgb_97x61.png", Damaged("short.png"), _folder.Write("text.png", "no image"), _folder.File("missing.png"), "la_45x58.png");
        var set = Open(samples, new ImageOptions { OnDecodeError = DecodeErrorAction.Skip });
        Assert.Equal([samples[0], samples[4]], set.Samples);
        Assert.Equal(["short.png", "text.png", "missing.png"], set.Warnings.Select(w => new[] { "short.png", "text.png", "missing.png" }.Single(w.Contains)));
        Assert.Equal((64, 82), (set.Resized(1, 64).Width, set.Resized(1, 64).Height));
    }

    [Fact]
    public void A_set_of_damaged_images_alone_is_refused_even_when_they_may_be_left_out()
    {
        var error = Assert.Throws<DmlException>(() => Open(Samples(Damaged("short.png")), new ImageOptions { OnDecodeError = DecodeErrorAction.Skip }));
        Assert.Contains("at least one image", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_above_the_memory_bound_are_decoded_again_and_are_the_same()
    {
        var samples = Samples("rgb_97x61.png", "rgb_300x200_q95.jpg", "gray_61x97.png");
        var (cached, decoded) = (Open(samples, new ImageOptions()), Open(samples, new ImageOptions { CacheMegabytes = 0 }));
        Assert.True(cached.IsCached);
        Assert.False(decoded.IsCached);
        for (var i = 0; i < samples.Count; i++)
        {
            Assert.Equal(cached.Resized(i, 64).Pixels, decoded.Resized(i, 64).Pixels);
            Assert.Equal(cached.Original(i).Pixels, decoded.Original(i).Pixels);
        }
    }

    [Fact]
    public void Originals_are_kept_where_several_sizes_or_random_crops_are_asked_for()
    {
        var samples = Samples("rgb_97x61.png", "rgb_300x200_q95.jpg");
        var (two, one) =
            (Open(samples, new ImageOptions { Size = 32, Resize = 48 }), Open(samples, new ImageOptions { Size = 48, Resize = 48, CacheMegabytes = 0 }));
        var crops = Open(samples, new ImageOptions { Size = 48, Augmentation = new() { Kind = AugmentationKind.RandomResizedCrop } });
        for (var i = 0; i < samples.Count; i++)
        {
            Assert.Equal(one.Resized(i, 48).Pixels, two.Resized(i, 48).Pixels);
            Assert.Equal(one.Resized(i, 48).Pixels, crops.Resized(i, 48).Pixels);
            Assert.Equal(one.Original(i).Pixels, crops.Original(i).Pixels);
            Assert.Equal((one.Resized(i, 32).Width, one.Resized(i, 32).Height), two.ResizedSize(i, 32));
        }
    }

    [Fact]
    public void An_image_damaged_after_it_was_checked_is_named()
    {
        File.Copy(Fixtures.Path("golden", "images", "rgb_97x61.png"), _folder.File("late.png"));
        var set = Open(Samples(_folder.File("late.png")), new ImageOptions { CacheMegabytes = 0 });
        Damaged("late.png");
        Assert.Contains(_folder.File("late.png"), Assert.Throws<DmlException>(() => set.Resized(0, 64)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_strip_of_one_pixel_is_resized_while_that_is_sane_and_refused_beyond()
    {
        foreach (var (length, sane) in new[] { (60, true), (60_000, false) })
        {
            var set = ImageSet.FromMemory([new("strip", "strip.png", 0)], [new RgbImage(length, 1, new byte[3 * length])]);
            if (sane) Assert.Equal((64 * length, 64), (set.Resized(0, 64).Width, set.Resized(0, 64).Height));
            else Assert.Contains("strip.png", Assert.Throws<DmlException>(() => set.Resized(0, 4096)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(AugmentationKind.Affine, null, 4096)]
    [InlineData(AugmentationKind.None, 4096, null)]
    [InlineData(AugmentationKind.RandomResizedCrop, 4096, 4096)]
    [InlineData(AugmentationKind.RandomResizedCrop, null, 4096)]
    public void An_image_too_thin_for_a_view_is_refused_when_it_is_opened(object kindGiven, int? resize, int? influenceResize)
    {
        var kind = (AugmentationKind)kindGiven;
        var strip = _folder.File("strip.png");
        using (var bitmap = new SKBitmap(100, 1)) File.WriteAllBytes(strip, bitmap.Encode(SKEncodedImageFormat.Png, 100).ToArray());
        var samples = Samples("rgb_97x61.png", strip);
        var options = new ImageOptions { Size = 8, Augmentation = new() { Kind = kind } };
        Assert.Equal(samples, Open(samples, options).Samples);
        var refusing = options with { Resize = resize, InfluenceResize = influenceResize };
        Assert.Equal(
            $"Expected an image of ordinary proportions, found one of 100 x 1 pixels at {strip}, which is 409600 x 4096 when its shorter side is 4096; "
                + "crop it, or set images.onDecodeError to skip to leave it out.",
            Assert.Throws<DmlException>(() => Open(samples, refusing)).Message);
        var skipping = Open(samples, refusing with { OnDecodeError = DecodeErrorAction.Skip });
        Assert.Equal(samples[..1], skipping.Samples);
        Assert.EndsWith("when its shorter side is 4096; the image was left out.", Assert.Single(skipping.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_resize_smaller_than_the_crop_is_refused()
    {
        var error = Assert.Throws<DmlException>(() => Open(Samples("rgb_97x61.png"), new ImageOptions { Size = 64, Resize = 60 }));
        Assert.Contains("images.resize", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Opening_stops_when_cancelled()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => ImageSet.Open(Samples("rgb_97x61.png"), new ImageOptions(), training: true, "decode", SilentProgress.Instance, stop.Token));
    }

    public void Dispose() => _folder.Dispose();

    private static ImageSet Open(IReadOnlyList<ImageSample> samples, ImageOptions options) =>
        ImageSet.Open(samples, options, training: true, "decode", SilentProgress.Instance, CancellationToken.None);

    private static List<ImageSample> Samples(params string[] files) =>
        [.. files.Select(f => new ImageSample(f, Path.GetFullPath(f, Fixtures.Path("golden", "images")), 0))];

    /// <summary>The first half of a good file.</summary>
    private string Damaged(string name)
    {
        var bytes = File.ReadAllBytes(Fixtures.Path("golden", "images", "rgb_97x61.png"));
        File.WriteAllBytes(_folder.File(name), bytes[..(bytes.Length / 2)]);
        return _folder.File(name);
    }
}
