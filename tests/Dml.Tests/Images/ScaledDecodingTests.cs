using Dml.Engine.Images;
using Dml.Tests.Support;

namespace Dml.Tests.Images;

/// <summary>JPEG files decoded at eighths of their size for views that are smaller.</summary>
public sealed class ScaledDecodingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(30, 1)]
    [InlineData(31, 2)]
    [InlineData(150, 5)]
    [InlineData(211, 8)]
    [InlineData(1000, 8)]
    public void The_fewest_eighths_are_decoded_that_keep_the_side(int least, int eighths)
    {
        var sample = Photograph("photo.jpg");
        var decoded = ImageDecoder.Decode(sample, OrientationAction.Ignore, least);
        Assert.Equal((40 * eighths, 30 * eighths), (decoded.Pixels.Width, decoded.Pixels.Height));
        Assert.Equal((320, 240), decoded.Size);
        Assert.Equal((320, 240), (ImageFacts.Of(decoded).Width, ImageFacts.Of(decoded).Height));
    }

    [Fact]
    public void A_view_differs_by_less_than_a_level_on_average_and_does_not_depend_on_memory()
    {
        ImageSample[] samples = [Photograph("a.jpg"), Photograph("b.jpg")];
        foreach (var resize in new int?[] { null, 40 })
        {
            // With a second size the originals are kept, and the view comes from the file all the same.
            var options = new ImageOptions { Size = 32, Resize = resize };
            var full = Open(samples, options);
            var scaled = Open(samples, options with { JpegDecoding = JpegDecoding.Scaled });
            var again = Open(samples, options with { JpegDecoding = JpegDecoding.Scaled, CacheMegabytes = 0 });
            for (var i = 0; i < samples.Length; i++)
            {
                var (whole, view) = (full.Resized(i, 32), scaled.Resized(i, 32));
                Assert.Equal(view.Pixels, again.Resized(i, 32).Pixels);
                Assert.Equal((whole.Width, whole.Height), (view.Width, view.Height));
                Assert.NotEqual(whole.Pixels, view.Pixels);
                Assert.InRange(whole.Pixels.Zip(view.Pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 1);
                Assert.Equal(full.Original(i).Pixels, scaled.Original(i).Pixels);
            }
        }
    }

    [Fact]
    public void Parts_of_images_and_other_formats_come_whole()
    {
        var boxed = Photograph("photo.jpg") with { Box = new(10, 20, 110, 220) };
        Assert.Equal(
            ImageDecoder.Decode(boxed, OrientationAction.Ignore).Pixels.Pixels, ImageDecoder.Decode(boxed, OrientationAction.Ignore, 8).Pixels.Pixels);
        Pictures.Write(_folder, "drawn.png", 3, 64, 64);
        var decoded = ImageDecoder.Decode(new ImageSample("drawn", _folder.File("drawn.png"), 0), OrientationAction.Ignore, 8);
        Assert.Equal((64, 64), (decoded.Pixels.Width, decoded.Pixels.Height));
    }

    public void Dispose() => _folder.Dispose();

    private static ImageSet Open(IReadOnlyList<ImageSample> samples, ImageOptions options) =>
        ImageSet.Open(samples, options, training: true, "decode", new Progress<ProgressReport>(), TestContext.Current.CancellationToken);

    /// <summary>Soft colours with edges, 320 x 240.</summary>
    private ImageSample Photograph(string name)
    {
        var pixels = new byte[3 * 320 * 240];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y, shift) = (i / 3 % 320, i / 960, (i % 3) + name[0]);
            var disc = Math.Pow(x - 150, 2) + Math.Pow(y - 110, 2) < 4900 ? 60 : 0;
            pixels[i] = (byte)(97 + (60 * Math.Sin((x + (20 * shift)) / 31.0) * Math.Cos((y - (9 * shift)) / 23.0)) + disc);
        }

        File.WriteAllBytes(_folder.File(name), JpegImage.Encode(new RgbImage(320, 240, pixels)));
        return new(name, _folder.File(name), 0);
    }
}
