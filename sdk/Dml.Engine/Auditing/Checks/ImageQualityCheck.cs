using System.Globalization;
using Dml.Engine.Images;
using Dml.Numerics;

namespace Dml.Engine.Auditing;

/// <summary>Options of the check of image quality.</summary>
[Options]
internal sealed record ImageQualityOptions
{
    /// <summary>Robust deviations from the data set's median beyond which an image is odd; a normal distribution exceeds 5 once in 1.7 million.</summary>
    [Range(2, 100)]
    public double Deviations { get; init; } = 5;

    /// <summary>Standard deviation of the luma, in gray levels of 255, below which an image is blank.</summary>
    [Range(0, 255)]
    public double Blank { get; init; } = 1;

    /// <summary>A dark image has a mean luma of this or less, a bright one of 255 less this or more, besides being odd among the others.</summary>
    [Range(0, 127)]
    public double Shade { get; init; } = 64;

    /// <summary>An odd shape has an aspect ratio this many times that of the median, or its inverse, besides being odd; an odd size, each side.</summary>
    [Range(1, 1000)]
    public double Shape { get; init; } = 2;
}

/// <summary>
/// Blank, dark, bright, blurred and odd-shaped images, each against the data set's own median and median absolute deviation. The value is
/// the number of robust deviations; of a blank image, minus the deviation of its luma.
/// </summary>
internal sealed class ImageQualityCheck() : AuditCheck<ImageQualityOptions>(
    "images", 450, "Image quality", "Blank, dark, bright, blurred and odd-shaped images.", ImageQualityOptionsBinder.Schema, ImageQualityOptionsBinder.Bind)
{
    private const double LeastLuma = 1;
    private const double LeastLog = 0.05;

    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, ImageQualityOptions options)
    {
        if (context.Images.Problem is { } problem) return NotRun(problem);
        var all = context.Images.All.ToList();
        var blank = all.Where(i => i.Image.Deviation < options.Blank)
            .Select(i => Finding(context, i, "blank-image", -i.Image.Deviation, Text($"its luma varies by {i.Image.Deviation:0.##} of 255 gray levels")));
        var rest = all.Where(i => i.Image.Deviation >= options.Blank).ToList();
        AuditFinding[] found = [.. blank, .. rest.Count == 0 ? [] : Odd(context, rest, options)];
        AuditFinding[] ordered = [.. found.GroupBy(f => f.Kind).SelectMany(kind => kind.OrderByDescending(f => f.Value))];
        var odd = ordered.SelectMany(f => f.Items).Distinct().Count();
        var summary = $"{Counted(odd)} of {all.Count} images are blank, dark, bright, blurred or of an odd shape{context.Images.UnreadNote}.";
        return Section(summary) with { Findings = ordered };
    }

    private static string Counted(int count) => count == 0 ? "None" : count.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<AuditFinding> Odd(AuditContext context, List<(Split Split, int Index, ImageDigest Image)> images, ImageQualityOptions options)
    {
        var luma = RobustScale.Of([.. images.Select(i => i.Image.Mean)]);
        var sharp = RobustScale.Of([.. images.Select(i => i.Image.Sharpness)]);
        var aspect = RobustScale.Of([.. images.Select(i => Aspect(i.Image))]);
        var area = RobustScale.Of([.. images.Select(i => Area(i.Image))]);
        foreach (var item in images)
        {
            var image = item.Image;
            var shade = luma.Score(image.Mean, LeastLuma);
            var median = Text($"{luma.Median:0.#}");
            if (-shade > options.Deviations && image.Mean <= options.Shade)
            {
                yield return Finding(context, item, "dark-image", -shade, Text($"its mean luma is {image.Mean:0.#}, the median is {median}"));
            }

            if (shade > options.Deviations && image.Mean >= 255 - options.Shade)
            {
                yield return Finding(context, item, "bright-image", shade, Text($"its mean luma is {image.Mean:0.#}, the median is {median}"));
            }

            if (-sharp.Score(image.Sharpness, LeastLog) is var blur && blur > options.Deviations)
            {
                var share = Math.Exp(image.Sharpness - sharp.Median);
                yield return Finding(context, item, "blurred-image", blur, Text($"the variance of its Laplacian is {share:0.####} of the median image's"));
            }

            foreach (var (kind, score, factor) in new[]
            {
                ("odd-shape", aspect.Score(Aspect(image), LeastLog), Aspect(image) - aspect.Median),
                ("odd-size", area.Score(Area(image), LeastLog), (Area(image) - area.Median) / 2),
            })
            {
                if (Math.Abs(score) <= options.Deviations || Math.Abs(factor) < Math.Log(options.Shape)) continue;
                var than = kind == "odd-shape" ? "the aspect ratio" : "each side";
                yield return Finding(
                    context, item, kind, Math.Abs(score),
                    Text($"it is {image.Width} x {image.Height} pixels, {Math.Exp(factor):0.##} times {than} of the median"));
            }
        }
    }

    private AuditFinding Finding(AuditContext context, (Split Split, int Index, ImageDigest Image) item, string kind, double value, string reason) =>
        new(Name, kind, value, reason) { Items = [context.Item(item.Split, item.Index)] };

    private static double Aspect(ImageDigest image) => Math.Log((double)image.Width / image.Height);

    private static double Area(ImageDigest image) => Math.Log((double)image.Width * image.Height);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
