using Dml.Engine.Images;
using Dml.Numerics;

namespace Dml.Tests.Images;

public class CropDrawTests
{
    private static readonly AugmentationOptions Options = new() { Kind = AugmentationKind.RandomResizedCrop, HorizontalFlip = true };

    /// <summary>The rule in torchvision's documentation told a second time, line by line, with the same uniform numbers.</summary>
    [Theory]
    [InlineData(500, 375)]
    [InlineData(48, 48)]
    [InlineData(3, 200)]
    [InlineData(400, 2)]
    [InlineData(1, 1)]
    public void Crops_are_those_of_a_plain_retelling(int width, int height)
    {
        for (var index = 0; index < 300; index++)
        {
            var random = new CounterRandom(7, 3, index);
            CropDraw? expected = null;
            for (var attempt = 0; attempt < 10 && expected is null; attempt++)
            {
                var targetArea = width * (double)height * (0.08 + (random.NextUnit() * (1 - 0.08)));
                var aspect = Math.Exp(Math.Log(0.75) + (random.NextUnit() * (Math.Log(4.0 / 3) - Math.Log(0.75))));
                var w = (int)Math.Round(Math.Sqrt(targetArea * aspect), MidpointRounding.ToEven);
                var h = (int)Math.Round(Math.Sqrt(targetArea / aspect), MidpointRounding.ToEven);
                if (!(w > 0 && w <= width && h > 0 && h <= height)) continue;
                var i = (int)Math.Floor(random.NextUnit() * (height - h + 1));
                var j = (int)Math.Floor(random.NextUnit() * (width - w + 1));
                expected = new(j, i, w, h, random.NextUnit() >= 0.5);
            }

            if (expected is null)
            {
                var ratio = (double)width / height;
                int w = width, h = height;
                if (ratio < 0.75) h = Math.Max(1, (int)Math.Round(w / 0.75, MidpointRounding.ToEven));
                else if (ratio > 4.0 / 3) w = Math.Max(1, (int)Math.Round(h * (4.0 / 3), MidpointRounding.ToEven));
                expected = new((width - w) / 2, (height - h) / 2, w, h, random.NextUnit() >= 0.5);
            }

            Assert.Equal(expected, CropDraw.Of(Options, width, height, 7, 3, index));
        }
    }

    [Fact]
    public void Areas_aspects_and_places_are_spread_as_the_rule_says()
    {
        var draws = Enumerable.Range(0, 4000).Select(i => CropDraw.Of(Options, 1000, 1000, 1, 0, i)).ToList();
        var areas = draws.Select(d => d.Width * d.Height / 1e6).ToList();
        var aspects = draws.Select(d => Math.Log((double)d.Width / d.Height)).ToList();
        Assert.InRange(areas.Min(), 0.079, 0.09);
        Assert.InRange(areas.Max(), 0.95, 1);

        // Uniform up to where a crop of an extreme aspect no longer fits and is drawn again.
        Assert.InRange(areas.Count(a => a < 0.4) / (double)areas.Count(a => a < 0.72), 0.47, 0.53);
        Assert.InRange(aspects.Average(), -0.02, 0.02);
        Assert.All(aspects, a => Assert.InRange(Math.Abs(a), 0, Math.Log(4.0 / 3) + 0.01));
        Assert.InRange(draws.Count(d => d.Mirror), 1850, 2150);
        Assert.InRange(draws.Average(d => (d.Left + (d.Width / 2.0)) / 1000), 0.48, 0.52);
        Assert.All(draws, d => Assert.True(d.Left >= 0 && d.Top >= 0 && d.Left + d.Width <= 1000 && d.Top + d.Height <= 1000));
    }

    [Fact]
    public void A_crop_is_cut_before_it_is_resized()
    {
        var random = new CounterRandom(1, 2, 3);
        var image = new RgbImage(31, 23, [.. Enumerable.Range(0, 3 * 31 * 23).Select(_ => (byte)random.NextBelow(256))]);
        var part = new RgbImage(12, 9, [.. Enumerable.Range(0, 9).SelectMany(row => image.Pixels.Skip(3 * (((row + 4) * 31) + 5)).Take(36))]);
        Assert.Equal(BilinearResize.Resize(part, 16, 16).Pixels, BilinearResize.ResizeCrop(image, new(5, 4, 12, 9, false), 16, 16).Pixels);
    }
}
