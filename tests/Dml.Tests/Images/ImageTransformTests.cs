using Dml.Engine.Images;
using Dml.Numerics;

namespace Dml.Tests.Images;

public class ImageTransformTests
{
    private static readonly InputNormalization Plain = new([0, 0, 0], [1, 1, 1]);

    [Fact]
    public void Augmentation_is_a_pure_function_of_seed_epoch_and_index()
    {
        var options = new AugmentationOptions { HorizontalFlip = true };
        var draws = Keys().ToDictionary(k => k, k => AffineDraw.Of(options, 64, k.Seed, k.Epoch, k.Index));
        Parallel.ForEach(Keys().Reverse(), key => Assert.Equal(draws[key], AffineDraw.Of(options, 64, key.Seed, key.Epoch, key.Index)));
        Assert.Equal(draws.Count, draws.Values.Distinct().Count());
    }

    [Fact]
    public void Augmentation_without_strength_gives_the_evaluation_view()
    {
        var options = new ImageOptions { Size = 8, Resize = 11, Augmentation = Still };
        var transform = new ImageTransform(options, Plain);
        var (evaluated, augmented) = (new float[transform.Length], new float[transform.Length]);
        transform.Evaluate(Noise(14, 11), evaluated);
        transform.Augment(Noise(14, 11), 3, 4, 5, augmented);
        Assert.InRange(evaluated.Zip(augmented, (e, a) => Math.Abs(e - a)).Max(), 0, 1e-6);
    }

    [Fact]
    public void Mirrored_images_are_mirrored_and_come_in_half_of_the_draws()
    {
        var transform = new ImageTransform(new ImageOptions { Size = 8, Augmentation = Still with { HorizontalFlip = true } }, Plain);
        var (evaluated, augmented) = (new float[transform.Length], new float[transform.Length]);
        transform.Evaluate(Noise(8, 8), evaluated);
        var mirrored = evaluated.Chunk(8).SelectMany(row => row.Reverse()).ToArray();
        var count = 0;
        for (var index = 0; index < 400; index++)
        {
            transform.Augment(Noise(8, 8), 0, 0, index, augmented);
            var expected = AffineDraw.Of(Still with { HorizontalFlip = true }, 8, 0, 0, index).A < 0 ? mirrored : evaluated;
            Assert.InRange(expected.Zip(augmented, (e, a) => Math.Abs(e - a)).Max(), 0, 1e-6);
            if (ReferenceEquals(expected, mirrored)) count++;
        }

        Assert.InRange(count, 160, 240);
    }

    [Fact]
    public void Drawn_maps_stay_within_the_strengths()
    {
        var options = new AugmentationOptions { RotationDegrees = 20, ScaleMinimum = 0.8, ScaleMaximum = 1.25, Translation = 0.1, ShearDegrees = 0 };
        for (var index = 0; index < 500; index++)
        {
            var map = AffineDraw.Of(options, 64, 1, 2, index);
            var magnification = 1 / Math.Sqrt((map.A * map.E) - (map.B * map.D));
            Assert.InRange(magnification, 0.8, 1.25);
            Assert.InRange(Math.Atan2(map.B, map.A) * 180 / Math.PI, -20, 20);
            Assert.InRange(Math.Sqrt((map.C * map.C) + (map.F * map.F)), 0, 6.4 * Math.Sqrt(2) / 0.8);
        }
    }

    [Fact]
    public void Pixels_from_outside_have_the_colour_of_the_corners()
    {
        var image = new RgbImage(8, 8, [.. Enumerable.Repeat((byte)255, 192)]);
        var transform = new ImageTransform(new ImageOptions { Size = 8, Augmentation = new() { Translation = 1, RotationDegrees = 90 } }, Plain);
        var pixels = new float[transform.Length];
        transform.Augment(image, 0, 0, 0, pixels);
        Assert.All(pixels, p => Assert.Equal(1f, p, 1e-5f));
    }

    private static AugmentationOptions Still => new() { RotationDegrees = 0, ScaleMinimum = 1, ScaleMaximum = 1, Translation = 0, ShearDegrees = 0 };

    private static IEnumerable<(long Seed, int Epoch, int Index)> Keys() =>
        from seed in Enumerable.Range(0, 4) from epoch in Enumerable.Range(0, 10) from index in Enumerable.Range(0, 50) select ((long)seed, epoch, index);

    private static RgbImage Noise(int width, int height)
    {
        var random = new CounterRandom(width, height, 0);
        return new RgbImage(width, height, [.. Enumerable.Range(0, 3 * width * height).Select(_ => (byte)random.NextBelow(256))]);
    }
}
