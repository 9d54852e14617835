using Dml.Engine.Images;
using Dml.Engine.Reporting;
using Dml.Tests.Support;
using SkiaSharp;

namespace Dml.Tests.Reporting;

/// <summary>A report shows images as the model saw them: turned where the run turned them, and not where it did not.</summary>
public sealed class ThumbnailsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_notes_an_orientation_is_shown_as_the_run_took_it(bool applies)
    {
        var action = applies ? OrientationAction.Apply : OrientationAction.Ignore;
        foreach (var orientation in Enumerable.Range(1, 8))
        {
            var file = Fixtures.Path("images", "orientation", $"{orientation}.jpg");
            var seen = ImageDecoder.Decode(new ImageSample(file, file, 0), action).Pixels;
            var thumbnails = new Thumbnails("/", action);
            var shown = thumbnails.Images[thumbnails.Add(file)!].ToArray();
            using var codec = SKCodec.Create(new MemoryStream(shown));
            Assert.Equal(SKEncodedOrigin.TopLeft, codec.EncodedOrigin);
            Assert.Equal((seen.Width, seen.Height), (codec.Info.Width, codec.Info.Height));
            using var pixels = SKBitmap.Decode(shown);
            Assert.All(Corners(seen), c => Assert.True(Difference(seen, pixels, c.X, c.Y) < 48, $"orientation {orientation}, {c}"));
        }
    }

    private static IEnumerable<(int X, int Y)> Corners(RgbImage image) =>
        [(1, 1), (image.Width - 2, 1), (1, image.Height - 2), (image.Width - 2, image.Height - 2)];

    private static int Difference(RgbImage image, SKBitmap shown, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        var colour = shown.GetPixel(x, y);
        return new[] { image.Pixels[at] - colour.Red, image.Pixels[at + 1] - colour.Green, image.Pixels[at + 2] - colour.Blue }.Max(Math.Abs);
    }
}
