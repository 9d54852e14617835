using System.Diagnostics;
using System.Globalization;
using Dml.Engine.Images;
using Dml.Numerics;
using SkiaSharp;

namespace Dml.Bench;

/// <summary>Plants copies of images and counts which of them the search for near duplicates finds, and what else.</summary>
internal static class DuplicateBench
{
    private const int Tile = 160;
    private const string Exact = "exact";
    private static readonly string[] Kinds = ["jpeg", "crop", "mirror", "bright", "crop+jpeg", "mirror+bright"];

    /// <summary>Runs it: <c>files|tiles SHARE SEED PATH...</c>; tiles cuts photographs into parts and leaves out those of hardly any contrast.</summary>
    public static void Run(string[] args)
    {
        if (args is not ["files" or "tiles", var share, var seed, .. { Length: > 0 } paths])
        {
            Console.WriteLine("duplicates files|tiles SHARE SEED PATH...: images of folders (a class each), or tiles of photographs (a class each).");
            return;
        }

        List<(RgbImage Image, string Class)> images = [.. paths.SelectMany(Files).SelectMany(file => Load(file, args[0] == "tiles"))];
        var originals = images.Count;
        var planted = Plant(images, double.Parse(share, CultureInfo.InvariantCulture), long.Parse(seed, CultureInfo.InvariantCulture));
        var clock = Stopwatch.StartNew();
        ImageDigest[] digests = [.. images.AsParallel().AsOrdered().Select(i => ImageDigest.Of(i.Image))];
        var digested = clock.Elapsed.TotalSeconds;
        var firsts = digests.Index().GroupBy(d => d.Item.Content).ToDictionary(group => group.Key, group => group.Min(d => d.Index));
        int[] different = [.. firsts.Values.Order()];
        var search = new CopySearch([.. different.Select(i => digests[i].Gray)]);
        var pairs = search.Run(_ => { }, CancellationToken.None);
        var decision = new CopyDecision(pairs, Numbers([.. different.Select(i => images[i])]), 0.001);
        var near = decision.Find(pairs).Select(f => (different[f.First], different[f.Second])).ToHashSet();
        Console.WriteLine(Text($"{originals} images, {planted.Count} copies; digests {digested:0.0} s, search {clock.Elapsed.TotalSeconds - digested:0.0} s"));
        Console.WriteLine(Text($"{different.Length - search.Compared.Count} plain; thresholds {decision.Thresholds}, null of {decision.NullCount}"));
        var exact = planted.Where(p => p.Value == Exact).Select(p => p.Key).ToList();
        Console.WriteLine($"exact: {exact.Count(p => firsts[digests[p.Item2].Content] == p.Item1)} of {exact.Count}");
        // Brightness leaves black and white as they are: such a copy is an exact one.
        near.UnionWith(planted.Keys.Where(p => firsts[digests[p.Item2].Content] == p.Item1).Except(exact));
        Report(images, planted.Where(p => p.Value != Exact).ToDictionary(), near);
    }

    private static void Report(List<(RgbImage Image, string Class)> images, Dictionary<(int, int), string> planted, HashSet<(int First, int Second)> near)
    {
        foreach (var kind in Kinds)
        {
            Console.WriteLine($"{kind}: {planted.Count(p => p.Value == kind && near.Contains(p.Key))} of {planted.Count(p => p.Value == kind)}");
        }

        var right = planted.Count(p => near.Contains(p.Key));
        var others = near.Where(f => !planted.ContainsKey(f)).ToList();
        var within = others.Count(f => images[f.First].Class == images[f.Second].Class);
        Console.WriteLine(Text($"near: recall {(double)right / planted.Count:0.000}, precision {(double)right / near.Count:0.000}; ")
            + $"not planted: {within} within a class, {others.Count - within} between classes");
        foreach (var group in others.GroupBy(f => images[f.First].Class).OrderByDescending(g => g.Count()).Take(5))
        {
            Console.WriteLine($"  {group.Count()} with an image of {group.Key}");
        }
    }

    private static IEnumerable<(RgbImage Image, string Class)> Load(string file, bool tiles)
    {
        var image = ImageDecoder.Decode(file);
        return tiles ? Tiles(image).Where(t => ImageDigest.Of(t).Deviation >= 10).Select(t => (t, file)) : [(image, Path.GetDirectoryName(file)!)];
    }

    private static Dictionary<(int, int), string> Plant(List<(RgbImage Image, string Class)> images, double share, long seed)
    {
        var random = new CounterRandom(seed, 0, 0);
        var order = Enumerable.Range(0, images.Count).ToArray();
        random.Shuffle<int>(order);
        var planted = new Dictionary<(int, int), string>();
        var (near, exact) = ((int)(share * images.Count), (int)(share * images.Count / 2));
        foreach (var (at, source) in order.Take(near + exact).Index())
        {
            var kind = at < near ? Kinds[at % Kinds.Length] : Exact;
            planted[(source, images.Count)] = kind;
            images.Add((kind.Split('+').Aggregate(images[source].Image, (image, change) => Change(image, change, random)), images[source].Class));
        }

        return planted;
    }

    private static long[] Numbers(List<(RgbImage Image, string Class)> images)
    {
        var numbers = images.Select(i => i.Class).Distinct().Index().ToDictionary(c => c.Item, c => (long)c.Index);
        return [.. images.Select(i => numbers[i.Class])];
    }

    private static IEnumerable<string> Files(string path) => !Directory.Exists(path) ? [path]
        : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".png" or ".jpg").Order(StringComparer.Ordinal);

    private static IEnumerable<RgbImage> Tiles(RgbImage image)
    {
        var factor = Math.Min(1.0, 1600.0 / Math.Max(image.Width, image.Height));
        image = BilinearResize.Resize(image, (int)(image.Width * factor), (int)(image.Height * factor));
        for (var y = 0; y + Tile <= image.Height; y += Tile)
        {
            for (var x = 0; x + Tile <= image.Width; x += Tile) yield return Cut(image, x, y, Tile, Tile);
        }
    }

    private static RgbImage Cut(RgbImage image, int left, int top, int width, int height) =>
        BilinearResize.ResizeCrop(image, new CropDraw(left, top, width, height, false), width, height);

    private static RgbImage Change(RgbImage image, string change, CounterRandom random)
    {
        switch (change)
        {
            case "crop":
                var (width, height) = ((int)(image.Width * random.NextBetween(0.85, 0.95)), (int)(image.Height * random.NextBetween(0.85, 0.95)));
                return Cut(image, random.NextBelow(image.Width - width + 1), random.NextBelow(image.Height - height + 1), width, height);
            case "mirror":
                return Map(image, (x, y, channel) => image.Pixels[(3 * ((y * image.Width) + image.Width - 1 - x)) + channel]);
            case "bright":
                var gain = random.NextBelow(2) == 0 ? random.NextBetween(0.6, 0.85) : random.NextBetween(1.15, 1.4);
                return Map(image, (x, y, channel) => (byte)Math.Min(255, Math.Round(gain * image.Pixels[(3 * ((y * image.Width) + x)) + channel])));
            case "jpeg":
                return Encoded(image, SKEncodedImageFormat.Jpeg, 60);
            default:
                return Encoded(image, SKEncodedImageFormat.Png, 100);
        }
    }

    private static RgbImage Map(RgbImage image, Func<int, int, int, byte> pixel) => new(
        image.Width, image.Height, [.. Enumerable.Range(0, image.Pixels.Length).Select(i => pixel(i / 3 % image.Width, i / 3 / image.Width, i % 3))]);

    private static RgbImage Encoded(RgbImage image, SKEncodedImageFormat format, int quality)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.AsSpan(i * 3, 3).CopyTo(pixels[(i * 4)..]);
            pixels[(i * 4) + 3] = 255;
        }

        using var data = bitmap.Encode(format, quality);
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, data.ToArray());
            return ImageDecoder.Decode(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
