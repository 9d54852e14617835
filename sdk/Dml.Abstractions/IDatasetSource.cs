namespace Dml;

/// <summary>One image of a dataset.</summary>
/// <param name="Id">Stable over machines and runs: the path relative to the dataset's root, with forward slashes.</param>
/// <param name="File">Absolute path of the image file.</param>
/// <param name="ClassIndex">Index into <see cref="MetricDataset.ClassNames"/>.</param>
public sealed record ImageSample(string Id, string File, int ClassIndex)
{
    /// <summary>The part of the image that is meant; null for the whole. It is cut out before anything else is done with the image.</summary>
    public ImageBox? Box { get; init; }

    /// <summary>
    /// What was taken together, such as a photo session, a person or a camera; null where nothing is known. Groups in both splits are told of.
    /// </summary>
    public string? Group { get; init; }
}

/// <summary>A part of an image, in pixels of the image as it is seen (turned, where its orientation is applied); right and bottom are not included.</summary>
/// <param name="Left">First column, from 0.</param>
/// <param name="Top">First row, from 0.</param>
/// <param name="Right">Column after the last, above <paramref name="Left"/>.</param>
/// <param name="Bottom">Row after the last, above <paramref name="Top"/>.</param>
public readonly record struct ImageBox(int Left, int Top, int Right, int Bottom);

/// <summary>
/// A dataset as annotations: which images there are and what class each has. Training classes are numbered 0..C-1, evaluation
/// classes after them, and both sets are disjoint.
/// </summary>
/// <param name="ClassNames">Name of each class, training classes first.</param>
/// <param name="TrainingClassCount">C, number of training classes.</param>
/// <param name="Training">The training images, in the order that every index refers to.</param>
/// <param name="Query">The images that are looked up; searched among themselves when there is no gallery.</param>
/// <param name="Gallery">The images that queries are looked up in, or null.</param>
public sealed record MetricDataset(
    IReadOnlyList<string> ClassNames,
    int TrainingClassCount,
    IReadOnlyList<ImageSample> Training,
    IReadOnlyList<ImageSample> Query,
    IReadOnlyList<ImageSample>? Gallery = null)
{
    /// <summary>Sentences that a user should read, such as what was left out, by kind and count; they become warnings of the run.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Reads a dataset's annotations from disk (or draws the dataset first). The host decodes the images.</summary>
public interface IDatasetSource
{
    /// <summary>Reads the annotations.</summary>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">A folder or file is missing or not of the expected form.</exception>
    MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken);
}

/// <summary>Where a dataset plugin looks and writes.</summary>
/// <param name="BaseDirectory">Relative paths in the options are meant relative to this folder (that of the config file, or the current one).</param>
/// <param name="WorkDirectory">A folder of the run that a generated dataset may write its images to.</param>
/// <param name="Seed">The run's seed.</param>
[PluginService]
public sealed record DatasetContext(string BaseDirectory, string WorkDirectory, long Seed)
{
    /// <summary>The absolute form of a path from the options.</summary>
    /// <param name="path">Absolute, or relative to <see cref="BaseDirectory"/>.</param>
    public string Resolve(string path) => Path.GetFullPath(path, BaseDirectory);
}
