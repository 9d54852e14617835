using System.Text;
using Dml.Engine.Images;
using Dml.Tests.Support;

namespace Dml.Tests.Images;

/// <summary>Formats beyond those of browsers, transparency, boxes and orientation; make.py beside the orientation files made them with Pillow.</summary>
public sealed class ImageFormatTests : IDisposable
{
    private const int Width = 24;
    private const int Height = 16;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, string> Orientations =>
        [.. from k in Enumerable.Range(1, 8) from kind in new[] { "png", "jpg", "webp", "tif" } select (k, kind)];

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Orientations_are_applied_as_Pillow_does_where_that_is_asked_for(int orientation, string kind)
    {
        var file = Orientation($"{orientation}.{kind}");
        var (stored, shown) = (Decode(file, OrientationAction.Ignore), Decode(file, OrientationAction.Apply));
        Assert.Equal((orientation, orientation), (stored.Orientation, shown.Orientation));

        // WebP and TIFF are without loss, so that they show what the PNG does.
        var (oracle, unturned) = kind == "jpg" ? ("jpg", "1-jpg.ppm") : ("png", "1-png.ppm");
        Same(Decode(Orientation($"{orientation}-{oracle}.ppm"), OrientationAction.Ignore), shown);
        Same(Decode(Orientation(unturned), OrientationAction.Ignore), stored);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(7)]
    public void What_is_decoded_at_eighths_of_its_size_is_turned_too(int orientation)
    {
        var sample = new ImageSample("turned", Orientation($"{orientation}.jpg"), 0);
        var (whole, scaled) = (ImageDecoder.Decode(sample, OrientationAction.Apply), ImageDecoder.Decode(sample, OrientationAction.Apply, Height / 2));
        Assert.Equal(orientation >= 5 ? (Height, Width) : (Width, Height), whole.Size);
        Assert.Equal(whole.Size, scaled.Size);
        Assert.Equal((whole.Size.Width / 2, whole.Size.Height / 2), (scaled.Pixels.Width, scaled.Pixels.Height));
        var expected = BilinearResize.Resize(whole.Pixels, scaled.Pixels.Width, scaled.Pixels.Height);

        // Nearer by far than the same upside down or mirrored.
        var near = Apart(expected);
        Assert.All([2, 3, 4], other => Assert.True(3 * near < Apart(ImageTurn.Apply(expected, other)), $"{near} and {other}"));

        double Apart(RgbImage other) => other.Pixels.Zip(scaled.Pixels.Pixels, (a, b) => Math.Abs(a - b)).Average();
    }

    [Theory]
    [InlineData("P3\n# levels\n2 2 # two by two\n255\n1 2 3 4 5 6\n7 8 9\n250 251 252", new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252 })]
    [InlineData("P2 3 1 15 0 7 15", new byte[] { 0, 0, 0, 119, 119, 119, 255, 255, 255 })]
    public void Plain_pixmaps_are_read_with_their_levels_scaled(string text, byte[] expected) =>
        Assert.Equal(expected, ImageDecoder.Decode(_folder.Write("plain.ppm", text)).Pixels);

    [Fact]
    public void Raw_pixmaps_of_16_bits_are_rounded_to_8()
    {
        var file = _folder.File("deep.pgm");
        File.WriteAllBytes(file, [.. "P5\n3 1\n65535\n"u8, 0, 128, 128, 0, 255, 255]);
        var pixels = ImageDecoder.Decode(file).Pixels;
        byte[] expected = [.. new[] { 128, 32768, 65535 }.Select(level => (byte)Math.Round(level * 255 / 65535.0))];
        Assert.Equal(expected.SelectMany(level => new[] { level, level, level }), pixels);
    }

    [Theory]
    [InlineData("P6 2 2 255\nabc", "a PPM or PGM that ends too early")]
    [InlineData("P3 2 1 255 1 2 3 4 5", "a PPM or PGM that ends too early")]
    [InlineData("P3 1 1 255 1 2 300", "a level of 300, above the greatest (255),")]
    [InlineData("P3 1 1 255 1 2 x", "other characters than numbers in a PPM or PGM")]
    [InlineData("P5 0 7 255\n", "one of 0 x 7 pixels")]
    [InlineData("P5 99999999 99999999 255\n", "one of 99999999 x 99999999 pixels, more than 268435456")]
    [InlineData("P5 1 1 70000\nab", "a greatest level of 70000")]
    [InlineData("P5 1111111111 1 255\nab", "a number of more than eight digits in a PPM or PGM")]
    public void A_damaged_pixmap_is_refused_by_name(string text, string found)
    {
        var file = _folder.Write("damaged.ppm", text);
        Assert.Equal(
            $"Expected a PNG, JPEG, BMP, WebP, GIF, TIFF, PPM or PGM image, found {found} at {file}; "
                + "replace the file, or set images.onDecodeError to skip to leave it out.",
            Assert.Throws<DmlException>(() => ImageDecoder.Decode(file)).Message);
    }

    [Fact]
    public void A_tiff_a_pixmap_and_a_png_of_one_picture_are_the_same()
    {
        var png = Decode(Orientation("1.png"), OrientationAction.Ignore);
        Same(png, Decode(Orientation("1.tif"), OrientationAction.Ignore));
        Same(png, Decode(Orientation("1-png.ppm"), OrientationAction.Ignore));
    }

    [Theory]
    [InlineData("rgba")]
    [InlineData("gray")]
    [InlineData("palette")]
    [InlineData("bilevel")]
    [InlineData("jpeg")]
    public void Kinds_of_tiff_equal_the_same_picture_in_another_format(string kind)
    {
        var oracle = Decode(Fixtures.Path("images", "tiff", $"{kind}.ppm"), OrientationAction.Ignore);
        var found = Decode(Fixtures.Path("images", "tiff", $"{kind}.tif"), OrientationAction.Ignore);
        Assert.Equal((oracle.Pixels.Width, oracle.Pixels.Height), (found.Pixels.Width, found.Pixels.Height));

        // The decoders of JPEG within TIFF round colours differently.
        var tolerance = kind == "jpeg" ? 4 : 0;
        Assert.All(oracle.Pixels.Pixels.Zip(found.Pixels.Pixels), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
    }

    [Fact]
    public void A_truncated_tiff_is_refused_by_name_and_writes_nothing_to_the_streams()
    {
        var bytes = File.ReadAllBytes(Orientation("1.tif"));
        var file = _folder.File("cut.tif");
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        var (error, caught) = (Console.Error, new StringWriter());
        Console.SetError(caught);
        try
        {
            var message = Assert.Throws<DmlException>(() => ImageDecoder.Decode(file)).Message;
            Assert.StartsWith(
                "Expected a PNG, JPEG, BMP, WebP, GIF, TIFF, PPM or PGM image, found a TIFF that is damaged or not of this kind (", message,
                StringComparison.Ordinal);
            Assert.Contains(file, message, StringComparison.Ordinal);
        }
        finally
        {
            Console.SetError(error);
        }

        Assert.Equal("", caught.ToString());
    }

    [Fact]
    public void A_transparent_gif_equals_the_same_picture_as_png() => Same(
        Decode(Fixtures.Path("cases", "transparent-gif", "data", "test", "gif", "p.png"), OrientationAction.Ignore),
        Decode(Fixtures.Path("cases", "transparent-gif", "data", "test", "gif", "a.gif"), OrientationAction.Ignore));

    [Fact]
    public void A_box_is_cut_out_after_the_image_is_turned()
    {
        var whole = Decode(Orientation("6.png"), OrientationAction.Apply).Pixels;
        var sample = new ImageSample("6.png", Orientation("6.png"), 0) { Box = new(3, 5, 14, 20) };
        var part = ImageDecoder.Decode(sample, OrientationAction.Apply).Pixels;
        Assert.Equal((11, 15), (part.Width, part.Height));
        for (var y = 0; y < part.Height; y++)
        {
            for (var x = 0; x < part.Width; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    Assert.Equal(whole.Pixels[(3 * (((y + 5) * whole.Width) + x + 3)) + c], part.Pixels[(3 * ((y * part.Width) + x)) + c]);
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 0, Width + 1, Height)]
    [InlineData(0, 0, Width, Height + 1)]
    [InlineData(-1, 0, 3, 3)]
    [InlineData(3, 0, 3, 3)]
    public void A_box_beyond_the_image_is_refused(int left, int top, int right, int bottom)
    {
        var sample = new ImageSample("1.png", Orientation("1.png"), 0) { Box = new(left, top, right, bottom) };
        Assert.Equal(
            $"Expected a box within the 24 x 16 pixels of {sample.File}, found columns {left} to {right} and rows {top} to {bottom} (ends not included); "
                + "correct the box, or set images.onDecodeError to skip to leave the image out.",
            Assert.Throws<DmlException>(() => ImageDecoder.Decode(sample, OrientationAction.Ignore)).Message);
    }

    [Fact]
    public void Damaged_tiffs_and_pixmaps_give_an_error_or_an_image()
    {
        byte[][] sound = [.. new[] { "1.tif", "6.tif", "1-png.ppm" }.Select(name => File.ReadAllBytes(Orientation(name))),
            .. new[] { "rgba", "gray", "palette", "bilevel", "jpeg" }.Select(kind => File.ReadAllBytes(Fixtures.Path("images", "tiff", $"{kind}.tif"))),
            Encoding.ASCII.GetBytes("P3\n2 2\n255\n1 2 3 4 5 6 7 8 9 10 11 12\n")];
        var mutations = new Mutations(sound, [[0x12, 1, 3, 0], [1, 1, 4, 0], [255, 255, 255, 255], [255, 255], "P5"u8.ToArray(), "II*\0"u8.ToArray()]);
        var file = new ThreadLocal<string>(() => _folder.File($"{Environment.CurrentManagedThreadId}.img"));
        var outcome = Fuzz.Run(index => mutations.Make(seed: 3, index), Read, Fuzz.Count);
        Assert.True(outcome.Refused > Fuzz.Count / 10, $"Expected many mutants to be refused, found {outcome}.");
        Assert.True(outcome.Accepted > Fuzz.Count / 20, $"Expected some mutants to stay readable, found {outcome}.");

        long Read(byte[] bytes)
        {
            File.WriteAllBytes(file.Value!, bytes);
            var image = ImageDecoder.Decode(file.Value!);
            Assert.Equal(3L * image.Width * image.Height, image.Pixels.LongLength);
            return image.Pixels.LongLength;
        }
    }

    public void Dispose() => _folder.Dispose();

    private static string Orientation(string name) => Fixtures.Path("images", "orientation", name);

    private static DecodedImage Decode(string file, OrientationAction action) => ImageDecoder.Decode(new("image", file, 0), action);

    private static void Same(DecodedImage expected, DecodedImage found)
    {
        Assert.Equal((expected.Pixels.Width, expected.Pixels.Height), (found.Pixels.Width, found.Pixels.Height));
        Assert.Equal(expected.Pixels.Pixels, found.Pixels.Pixels);
    }
}
