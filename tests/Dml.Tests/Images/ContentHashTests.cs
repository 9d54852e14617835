using Dml.Engine.Images;
using Dml.Tests.Support;

namespace Dml.Tests.Images;

public sealed class ContentHashTests
{
    [Fact]
    public void Every_bit_and_the_shape_make_another_hash_and_copies_the_same()
    {
        var image = Pictures.Noise(1, 7, 5);
        Assert.Equal(ContentHash.Of(image), ContentHash.Of(Pictures.Noise(1, 7, 5)));
        var seen = new HashSet<UInt128> { ContentHash.Of(image), ContentHash.Of(new(5, 7, image.Pixels)), ContentHash.Of(new(35, 1, image.Pixels)) };
        for (var bit = 0; bit < 8 * image.Pixels.Length; bit++)
        {
            byte[] changed = [.. image.Pixels];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(seen.Add(ContentHash.Of(new(7, 5, changed))), $"Bit {bit} makes no other hash.");
        }

        Assert.Equal(3 + (8 * image.Pixels.Length), seen.Count);
    }

    /// <summary>Pictures of one colour differ in few ways; half of the bits of either half must change all the same.</summary>
    [Fact]
    public void Plain_pictures_and_their_places_are_told_apart()
    {
        var seen = new HashSet<UInt128>();
        var (lows, highs) = (new HashSet<ulong>(), new HashSet<ulong>());
        for (var level = 0; level < 256; level++)
        {
            for (var at = 0; at < 64; at++)
            {
                var pixels = new byte[3 * 8 * 8];
                Array.Fill(pixels, (byte)level);
                pixels[3 * at] ^= 0x80;
                var hash = ContentHash.Of(new(8, 8, pixels));
                seen.Add(hash);
                lows.Add((ulong)hash);
                highs.Add((ulong)(hash >> 64));
            }
        }

        Assert.Equal((256 * 64, 256 * 64, 256 * 64), (seen.Count, lows.Count, highs.Count));
    }
}
