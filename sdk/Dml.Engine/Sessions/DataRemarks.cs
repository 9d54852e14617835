using System.Globalization;
using Dml.Engine.Images;

namespace Dml.Engine.Sessions;

/// <summary>
/// What a person should know of the images of a run, a sentence for each kind of thing that was found while they were decoded: turned
/// images, the same picture in both splits or under two labels, test images that nothing can match, groups in both splits, odd shapes.
/// </summary>
/// <param name="dataset">The dataset, with the names of its classes.</param>
/// <param name="train">What was seen of the training images, with the labels that they are trained on.</param>
/// <param name="test">What was seen of the test images, queries first.</param>
internal sealed class DataRemarks(MetricDataset dataset, ImageSurvey train, ImageSurvey test)
{
    /// <summary>Longer side by shorter side above which an image is told of: a centre crop sees less than a fifth of it.</summary>
    private const double ExtremeAspect = 5;

    private const int MostNamed = 5;

    /// <summary>The sentences, in the order above; none where all is as it should be.</summary>
    /// <param name="orientation">What is done with the orientation of files.</param>
    public IReadOnlyList<string> All(OrientationAction orientation) =>
        [.. new[] { Turned(orientation), SharedPictures(), Relabelled(), LoneQueries(), SharedGroups(), Shapes() }.OfType<string>()];

    private string? Turned(OrientationAction orientation)
    {
        var (turned, all) = (train.Turned + test.Turned, train.Count + test.Count);
        return turned == 0 ? null
            : orientation == OrientationAction.Apply ? Text($"{turned} of {all} images were turned as the EXIF orientation of their files says.")
            : Text($"{turned} of {all} images are seen as they are stored, not turned as the EXIF orientation of their files says; ")
                + "set images.exifOrientation to apply to turn them.";
    }

    private string? SharedPictures()
    {
        var known = Contents(train).DistinctBy(p => p.Content).ToDictionary(p => p.Content, p => p.Sample);
        (ImageSample Train, ImageSample Test)[] shared =
            [.. Contents(test).Where(p => known.ContainsKey(p.Content)).Select(p => (known[p.Content], p.Sample))];
        return shared.Length == 0 ? null
            : Counted(shared.Length, "test image is pixel for pixel a training image", "test images are pixel for pixel training images")
                + $" ({Named(shared.Select(s => $"{s.Test.Id} = {s.Train.Id}"))}), so the test says too little of what is new to the model; "
                + "remove them from one split.";
    }

    private string? Relabelled()
    {
        ImageSample[][] groups = [.. new[] { train, test }.SelectMany(survey => Contents(survey).GroupBy(p => p.Content))
            .Select(g => g.Select(p => p.Sample).DistinctBy(s => s.ClassIndex).ToArray()).Where(samples => samples.Length > 1)];
        return groups.Length == 0 ? null
            : Counted(groups.Length, "picture stands", "pictures stand")
                + $" under several labels ({Named(groups.Select(g => string.Join(" = ", g.Select(Labelled))))}); correct their labels or remove the copies.";
    }

    /// <summary>Queries without another image of their class to be found are errors whatever the model does.</summary>
    private string? LoneQueries()
    {
        var queries = dataset.Query.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var hasGallery = dataset.Gallery is not null;
        var found = test.Samples.Where(s => !hasGallery || !queries.Contains(s.Id)).CountBy(s => s.ClassIndex).ToDictionary();
        ImageSample[] lone = [.. test.Samples.Where(s => queries.Contains(s.Id) && found.GetValueOrDefault(s.ClassIndex) < (hasGallery ? 1 : 2))];
        if (lone.Length == 0) return null;
        var names = lone.Select(s => dataset.ClassNames[s.ClassIndex]).Distinct();
        return hasGallery
            ? Counted(lone.Length, "query has no gallery image of its", "queries have no gallery image of their")
                + $" class ({Named(names)}), so nothing right can be found; add gallery images or leave these queries out."
            : Counted(lone.Length, "test class has", "test classes have")
                + $" a single image ({Named(names)}), which can find no other of its class and counts as an error; add images or leave these classes out.";
    }

    private string? SharedGroups()
    {
        var known = train.Samples.Select(s => s.Group).OfType<string>().ToHashSet(StringComparer.Ordinal);
        string[] shared = [.. test.Samples.Select(s => s.Group).OfType<string>().Where(known.Contains).Distinct()];
        return shared.Length == 0 ? null
            : Counted(shared.Length, "group stands", "groups stand")
                + $" in both splits ({Named(shared)}), so test images were taken together with training images; keep each group in one split.";
    }

    private string? Shapes()
    {
        (ImageSample Sample, ImageFacts Facts)[] odd =
            [.. train.Samples.Zip(train.Facts).Concat(test.Samples.Zip(test.Facts)).Where(p => p.Second.Aspect > ExtremeAspect)];
        return odd.Length == 0 ? null
            : Text($"{Counted(odd.Length, "image is", "images are")} more than {ExtremeAspect} times as long as wide or as wide as long ")
                + $"({Named(odd.Select(o => Text($"{o.Sample.Id} of {o.Facts.Width} x {o.Facts.Height}")))}), so a centre crop sees a small part of them.";
    }

    private string Labelled(ImageSample sample) => $"{sample.Id} as {dataset.ClassNames[sample.ClassIndex]}";

    private static IEnumerable<(ImageSample Sample, UInt128 Content)> Contents(ImageSurvey survey) =>
        survey.Samples.Zip(survey.Facts, (sample, facts) => (sample, facts.Content));

    private static string Named(IEnumerable<string> all)
    {
        string[] names = [.. all];
        return string.Join(", ", names.Take(MostNamed)) + (names.Length > MostNamed ? Text($" and {names.Length - MostNamed} more") : "");
    }

    private static string Counted(int count, string one, string many) => Text($"{count} {(count == 1 ? one : many)}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
