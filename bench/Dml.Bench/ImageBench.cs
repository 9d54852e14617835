using System.Diagnostics;
using Dml.Engine.Images;
using SkiaSharp;

namespace Dml.Bench;

/// <summary>How fast JPEG files of 500 x 375 pixels become network inputs of 256 x 256, and where the time goes.</summary>
internal static class ImageBench
{
    private const int Files = 200;
    private const int Passes = 3;
    private const int Size = 256;

    public static void Run(string[] arguments)
    {
        if (arguments.Length > 0) throw new ArgumentException($"Expected no arguments, found {string.Join(' ', arguments)}.", nameof(arguments));
        var folder = Directory.CreateTempSubdirectory("dml-bench-");
        try
        {
            var samples = Enumerable.Range(0, Files).Select(i => new ImageSample($"{i}", Draw(folder.FullName, i), 0)).ToList();
            Console.WriteLine(
                $"{Files} JPEG files of 500 x 375, {samples.Average(s => new FileInfo(s.File).Length) / 1024:0} KiB each, {Environment.ProcessorCount} cores");
            var options = new ImageOptions
            {
                Size = Size,
                Resize = 288,
                CacheMegabytes = 0,
                Augmentation = new() { Kind = AugmentationKind.RandomResizedCrop, HorizontalFlip = true },
            };
            var transform = new ImageTransform(options, InputNormalization.ImageNet);
            var set = ImageSet.Open(samples, options, training: true, "decode", new Silent(), CancellationToken.None);
            Rate("training view (random resized crop, mirror)", (i, target) => transform.Augment(set, i, 0, 0, target));
            Rate("evaluation view (288, centre crop)", (i, target) => transform.Look(set, i, ImageView.Evaluation, target));
            Stages(samples, transform, options);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Rate(string name, Action<int, float[]> make)
    {
        foreach (var threads in new[] { 1, Environment.ProcessorCount })
        {
            using var buffers = new ThreadLocal<float[]>(() => new float[3 * Size * Size]);

            // The first pass pays for compilation, rented buffers and the file cache, and is not timed.
            Pass();
            var clock = Stopwatch.StartNew();
            for (var pass = 0; pass < Passes; pass++) Pass();
            Console.WriteLine($"{name}: {Passes * Files / clock.Elapsed.TotalSeconds:0} images/s on {threads} thread{(threads == 1 ? "" : "s")}");

            void Pass() => Parallel.For(0, Files, new() { MaxDegreeOfParallelism = threads }, i => make(i, buffers.Value!));
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
            Console.WriteLine($"{name}: {time.TotalSeconds / total:P0}, {time.TotalMilliseconds / Files:0.00} ms an image");
        }
    }

    /// <summary>A picture with the smooth areas, edges and grain of a photograph.</summary>
    private static string Draw(string folder, int index)
    {
        var random = new Random(index);
        using var surface = SKSurface.Create(new SKImageInfo(500, 375));
        using var paint = new SKPaint { IsAntialias = true };
        surface.Canvas.Clear(new SKColor((uint)random.Next() | 0xff000000));
        for (var shape = 0; shape < 60; shape++)
        {
            paint.Shader = SKShader.CreateRadialGradient(
                new(random.Next(500), random.Next(375)), 20 + random.Next(200),
                [new SKColor((uint)random.Next() | 0xff000000), new SKColor((uint)random.Next() | 0x60000000)], SKShaderTileMode.Mirror);
            surface.Canvas.DrawOval(random.Next(500), random.Next(375), 10 + random.Next(120), 10 + random.Next(90), paint);
        }

        paint.Shader = SKShader.CreatePerlinNoiseTurbulence(0.4f, 0.4f, 3, index);
        paint.Color = new SKColor(255, 255, 255, 40);
        surface.Canvas.DrawRect(0, 0, 500, 375, paint);
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
