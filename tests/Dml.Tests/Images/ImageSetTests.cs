using Dml.Host.Images;
using Dml.Tests.Support;

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
        Assert.Equal((64, 82), (set.Resized(1).Width, set.Resized(1).Height));
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
        for (var i = 0; i < samples.Count; i++) Assert.Equal(cached.Resized(i).Pixels, decoded.Resized(i).Pixels);
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
            () => ImageSet.Open(Samples("rgb_97x61.png"), new ImageOptions(), "decode", SilentProgress.Instance, stop.Token));
    }

    public void Dispose() => _folder.Dispose();

    private static ImageSet Open(IReadOnlyList<ImageSample> samples, ImageOptions options) =>
        ImageSet.Open(samples, options, "decode", SilentProgress.Instance, CancellationToken.None);

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
