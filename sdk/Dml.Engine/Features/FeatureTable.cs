namespace Dml.Engine.Features;

/// <summary>
/// Features with labels, of a model that need not be known: what a head is fitted on. Features stay in their files; labels, ids and paths are in memory.
/// </summary>
internal sealed class FeatureTable : IDisposable
{
    private readonly IReadOnlyList<FeatureArrays> _files;

    internal FeatureTable(IReadOnlyList<FeatureArrays> files) => _files = files;

    /// <summary>What a head is trained on.</summary>
    public required FeatureSplit Training { get; init; }

    /// <summary>What it is evaluated on, queries first; null where no test split is given.</summary>
    public required FeatureSplit? Test { get; init; }

    /// <summary>Names of all classes, training classes first.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>C.</summary>
    public required int TrainingClassCount { get; init; }

    /// <summary>Number of test items that are queries, where the others are the gallery; null where test items are searched among themselves.</summary>
    public int? QueryCount { get; init; }

    /// <summary>What the user should know of the data.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Opens a table.</summary>
    /// <param name="path">
    /// A file (.safetensors, .npz, .parquet) with both splits, or with one of them and perhaps a column <c>split</c>; a folder of .npy files; or a folder with
    /// <c>train.*</c> and <c>test.*</c>, or <c>query.*</c> and <c>gallery.*</c>, of these formats.
    /// </param>
    /// <param name="testPath">The file of the test split, where the first has the training split alone; or null.</param>
    /// <exception cref="DmlException">An array is missing, misshapen, of a wrong dtype or not finite.</exception>
    public static FeatureTable Open(string path, string? testPath) => new FeatureTableReader().Read(path, testPath);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}
