namespace Dml.Plugins;

/// <summary>
/// A dataset that is drawn, not fetched: characters of strokes, black on white. Classes come in families that share all strokes but
/// one. The same settings and seed give the same files on every machine.
/// </summary>
/// <param name="options">Numbers of classes and images, and how hard they are to tell apart.</param>
/// <param name="context">The run's seed and work folder.</param>
[Plugin("glyphs")]
public sealed class GlyphsDataset(GlyphsOptions options, DatasetContext context) : IDatasetSource
{
    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var settings = GlyphManifest.Of(options, context.Seed);
        var root = Path.TrimEndingDirectorySeparator(context.Resolve(options.Root ?? Path.Combine(context.WorkDirectory, "glyphs")));
        var folder = new GlyphFolder(root, settings);
        if (!folder.IsComplete()) folder.Draw(progress, cancellationToken);
        var samples = Enumerable.Range(0, settings.Classes).SelectMany(c => Enumerable.Range(0, settings.SamplesPerClass).Select(i =>
        {
            var id = $"{folder.ClassName(c)}/{folder.ImageName(i)}";
            return new ImageSample(id, Path.Combine(root, id), c);
        })).ToArray();
        var training = settings.TrainingClasses * settings.SamplesPerClass;
        return new([.. Enumerable.Range(0, settings.Classes).Select(folder.ClassName)], settings.TrainingClasses, samples[..training], samples[training..]);
    }
}
