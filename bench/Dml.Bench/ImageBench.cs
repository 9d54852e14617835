using System.Diagnostics;
using System.Globalization;
using Dml.Engine.Images;
using SkiaSharp;

namespace Dml.Bench;

/// <summary>
/// How fast JPEG files become network inputs of 256 x 256, and where the time goes: <c>images [COLUMNS ROWS [FOLDER]]</c>, 500 x 375 pixels where nothing is
/// said. A folder keeps the files, for <c>docs/compare/pil-decoding.py</c>.
/// </summary>
internal static class ImageBench
{
    private const long Pixels = 40_000_000;
    private const int Passes = 3;
    private const int Size = 256;

    public static void Run(string[] arguments)
    {
        int[] size = [.. arguments.Take(2).Select(a => int.Parse(a, CultureInfo.InvariantCulture))];
        var (width, height) = size is [var columns, var rows] ? (columns, rows) : (500, 375);
        var count = (int)Math.Clamp(Pixels / width / height, 20, 200);
        var kept = arguments is [_, _, var name] ? Directory.CreateDirectory(name) : null;
        var folder = kept ?? Directory.CreateTempSubdirectory("dml-bench-");
        try
        {
            var samples = Enumerable.Range(0, count).Select(i => new ImageSample($"{i}", Draw(folder.FullName, i, width, height), 0)).ToList();
            Console.WriteLine(
                $"{count} JPEG files of {width} x {height}, {samples.Average(s => new FileInfo(s.File).Length) / 1024:0} KiB each, "
                    + $"{Environment.ProcessorCount} cores");
            var options = new ImageOptions
            {
                Size = Size,
                Resize = 288,
                CacheMegabytes = 0,
                Augmentation = new() { Kind = AugmentationKind.RandomResizedCrop, HorizontalFlip = true },
            };
            var transform = new ImageTransform(options, InputNormalization.ImageNet);
            var set = Opened(samples, options);
            var scaled = Opened(samples, options with { JpegDecoding = JpegDecoding.Scaled });
            Rate("training view (random resized crop, mirror)", count, (i, target) => transform.Augment(set, i, 0, 0, target));
            Rate("evaluation view (288, centre crop)", count, (i, target) => transform.Look(set, i, ImageView.Evaluation, target));
            Rate("the same, scaled decoding", count, (i, target) => transform.Look(scaled, i, ImageView.Evaluation, target));
            Distance(count, i => transform.Seen(set, i, ImageView.Evaluation), i => transform.Seen(scaled, i, ImageView.Evaluation));
            Stages(samples, transform, options);
        }
        finally
        {
            if (kept is null) folder.Delete(recursive: true);
        }

        static ImageSet Opened(List<ImageSample> samples, ImageOptions options) =>
            ImageSet.Open(samples, options, training: true, "decode", new Silent(), CancellationToken.None);
    }

    /// <summary>How far views lie apart that both ways of decoding give.</summary>
    private static void Distance(int count, Func<int, RgbImage> full, Func<int, RgbImage> scaled)
    {
        var histogram = new long[256];
        for (var i = 0; i < count; i++)
        {
            foreach (var (a, b) in full(i).Pixels.Zip(scaled(i).Pixels)) histogram[Math.Abs(a - b)]++;
        }

        var all = histogram.Sum();
        Console.WriteLine(
            $"scaled against full: mean {histogram.Index().Sum(h => h.Index * h.Item) / (double)all:0.00} of 255 levels, "
            + $"{histogram.Skip(3).Sum() / (double)all:P1} of the values by more than 2, most {Array.FindLastIndex(histogram, h => h > 0)}");
    }

    private static void Rate(string name, int count, Action<int, float[]> make)
    {
        foreach (var threads in new[] { 1, Environment.ProcessorCount })
        {
            using var buffers = new ThreadLocal<float[]>(() => new float[3 * Size * Size]);

            // The first pass pays for compilation, rented buffers and the file cache, and is not timed.
            Pass();
            var clock = Stopwatch.StartNew();
            for (var pass = 0; pass < Passes; pass++) Pass();
            Console.WriteLine($"{name}: {Passes * count / clock.Elapsed.TotalSeconds:0} images/s on {threads} thread{(threads == 1 ? "" : "s")}");

            void Pass() => Parallel.For(0, count, new() { MaxDegreeOfParallelism = threads }, i => make(i, buffers.Value!));
        }
    }

    private static void Stages(List<ImageSample> samples, ImageTransform transform, ImageOptions options)
    {
        var target = new float[3 * Size * Size];
        var (read, decode, resize, convert) = (new Stopwatch(), new Stopwatch(), new Stopwatch(), new Stopwatch());
        foreach (var (index, sample) in samples.Index())
        {
            read.Start();
            File.ReadAllBytes(sample.File);
            read.Stop();
            decode.Start();
            var image = ImageDecoder.Decode(sample.File);
            decode.Stop();
            resize.Start();
            var resized = BilinearResize.ResizeCrop(image, CropDraw.Of(options.Augmentation, image.Width, image.Height, 0, 0, index), Size, Size);
            resize.Stop();
            convert.Start();
            transform.Whole(resized, target);
            convert.Stop();
        }

        // Decoding reads the file too.
        var pureDecode = decode.Elapsed - read.Elapsed;
        var total = (decode.Elapsed + resize.Elapsed + convert.Elapsed).TotalSeconds;
        foreach (var (name, time) in new[]
        {
            ("read", read.Elapsed), ("decode", pureDecode), ("crop and resize", resize.Elapsed), ("convert", convert.Elapsed),
        })
        {
            Console.WriteLine($"{name}: {time.TotalSeconds / total:P0}, {time.TotalMilliseconds / samples.Count:0.00} ms an image");
        }
    }

    /// <summary>A picture with the smooth areas, edges and grain of a photograph.</summary>
    private static string Draw(string folder, int index, int width, int height)
    {
        var random = new Random(index);
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        using var paint = new SKPaint { IsAntialias = true };
        var unit = Math.Max(1, width / 500);
        surface.Canvas.Clear(new SKColor((uint)random.Next() | 0xff000000));
        for (var shape = 0; shape < 60; shape++)
        {
            paint.Shader = SKShader.CreateRadialGradient(
                new(random.Next(width), random.Next(height)), unit * (20 + random.Next(200)),
                [new SKColor((uint)random.Next() | 0xff000000), new SKColor((uint)random.Next() | 0x60000000)], SKShaderTileMode.Mirror);
            surface.Canvas.DrawOval(random.Next(width), random.Next(height), unit * (10 + random.Next(120)), unit * (10 + random.Next(90)), paint);
        }

        paint.Shader = SKShader.CreatePerlinNoiseTurbulence(0.4f, 0.4f, 3, index);
        paint.Color = new SKColor(255, 255, 255, 40);
        surface.Canvas.DrawRect(0, 0, width, height, paint);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Jpeg, 90);
        var path = Path.Combine(folder, $"{index}.jpg");
        File.WriteAllBytes(path, data.ToArray());
        return path;
    }

    private sealed class Silent : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value)
        {
        }
    }
}
