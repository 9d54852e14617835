namespace Dml.Numerics.Annotations;

/// <summary>Checks of the image files that an annotation file names.</summary>
public static class ImageFiles
{
    private const string Stage = "check image files";
    private const int ReportEvery = 5000;

    /// <summary>
    /// Whether a path from an annotation file can be a sample's id: relative, with forward slashes, without empty parts, "." and ".." and
    /// without control characters.
    /// </summary>
    /// <param name="path">The path.</param>
    public static bool IsRelative(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Length > 0 && !Path.IsPathRooted(path) && !path.Contains('\\', StringComparison.Ordinal) && !path.Any(char.IsControl)
            && !path.Split('/').Any(part => part is "" or "." or "..");
    }

    /// <summary>Looks once for every file, so that none turns out to be missing hours later.</summary>
    /// <param name="samples">The images.</param>
    /// <param name="list">The annotation file that names them, for the message.</param>
    /// <param name="root">Absolute path of the dataset's root, for the message.</param>
    /// <param name="progress">Receives how many were looked for.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">Some are missing; their number and the first are named.</exception>
    public static void RequireAll(
        IReadOnlyList<ImageSample> samples, string list, string root, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(progress);
        ImageSample? first = null;
        var missing = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            if (i % ReportEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress.Report(new(Stage, i, samples.Count));
            }

            if (File.Exists(samples[i].File)) continue;
            first ??= samples[i];
            missing++;
        }

        progress.Report(new(Stage, samples.Count, samples.Count));
        if (first is not null)
        {
            throw new DmlException($"dataset.root: expected the {samples.Count} images that {list} names below {root}, "
                + $"found {missing} of them missing, first {first.Id}; unpack the images there or correct the path.");
        }
    }
}
