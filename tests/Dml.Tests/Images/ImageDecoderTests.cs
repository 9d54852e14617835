using System.Text;
using Dml.Engine.Images;
using Dml.Tests.Support;

namespace Dml.Tests.Images;

/// <summary>Forms on which decoders disagree, against Pillow's convert("RGB"); make.py beside the files made them.</summary>
public class ImageDecoderTests
{
    [Theory]
    [InlineData("palette.png")]
    [InlineData("alpha.png")]
    [InlineData("progressive.jpg")]
    [InlineData("gray.jpg")]
    [InlineData("rotated.jpg")]
    [InlineData("cmyk.jpg")]
    public void Pixels_equal_those_of_Pillow(string file)
    {
        var image = ImageDecoder.Decode(Fixtures.Path("images", file));
        Assert.Equal((40, 28), (image.Width, image.Height));
        Assert.Equal(Expected(file), image.Pixels);
    }

    [Fact]
    public void A_truncated_file_is_refused_by_name()
    {
        var file = Fixtures.Path("images", "truncated.jpg");
        Assert.Contains(file, Assert.Throws<DmlException>(() => ImageDecoder.Decode(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>Pillow cuts 16-bit gray at 255, which nobody wants of a photograph; here the high byte counts, as in 8-bit copies of such files.</summary>
    [Fact]
    public void Gray_of_16_bits_becomes_its_high_byte()
    {
        var image = ImageDecoder.Decode(Fixtures.Path("images", "gray16.png"));
        for (var y = 0; y < 28; y++)
        {
            for (var x = 0; x < 40; x++)
            {
                var level = (x * 1600) + y;
                Assert.InRange(image.Pixels[3 * ((y * 40) + x)] - (level / 257.0), -1, 1);
            }
        }
    }

    private static byte[] Expected(string file)
    {
        var ppm = File.ReadAllBytes(Fixtures.Path("images", Path.ChangeExtension(file, "ppm")));
        var header = Encoding.ASCII.GetBytes("P6\n40 28\n255\n");
        Assert.Equal(header, ppm[..header.Length]);
        return ppm[header.Length..];
    }
}
