using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Engine;

/// <summary>
/// A run folder: a model that was trained or imported, with its dataset, its cached features and what was computed of it. A run is
/// complete or absent; opening one reads its features, not its images.
/// </summary>
public sealed class Run : IDisposable
{
    private readonly PluginCatalog _plugins;
    private readonly (DateTime Written, long Bytes) _datasetFile;
    private Model? _model;
    private Embedder? _embedder;

    private Run(RunFolder folder, PluginCatalog plugins, DatasetRecord? dataset = null, (DateTime, long)? datasetFile = null)
    {
        (Folder, _plugins) = (folder, plugins);
        _datasetFile = datasetFile ?? DatasetFile(folder);
        Dataset = dataset ?? DatasetRecord.Read(folder);
    }

    /// <summary>The folder, an absolute path.</summary>
    public string Path => Folder.Path;

    /// <summary>Name of the folder.</summary>
    public string Name => System.IO.Path.GetFileName(Folder.Path);

    /// <summary>All classes, training classes first; a label is an index into them.</summary>
    public IReadOnlyList<string> ClassNames => Dataset.ClassNames;

    /// <summary>How well the test split is retrieved, as measured when the run was made or evaluated last.</summary>
    /// <exception cref="DmlException">The run holds no metrics.</exception>
    public RetrievalQuality Quality => RetrievalQuality.Of(RunMetrics.TryRead(Folder.Metrics)
        ?? throw new DmlException($"Expected the metrics of the run in {Folder.Metrics}, found none; evaluate the run again."));

    /// <summary>The model as arrays: its confusions, their causes, suspicious labels. Opened when it is first asked for.</summary>
    public Model Model => _model ??= Model.OpenRun(
        Path, _plugins, null, [], dataset: DatasetFile(Folder) == _datasetFile ? Dataset : null); // A hundred thousand samples are read once.

    /// <summary>The whole network, for images from anywhere. Opened when it is first asked for.</summary>
    public Embedder Embedder => _embedder ??= Embedder.Open(Folder, Dataset, _plugins);

    internal RunFolder Folder { get; }

    internal DatasetRecord Dataset { get; }

    /// <summary>Opens a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <exception cref="DmlException">There is no complete run.</exception>
    public static Run Open(string path, PluginCatalog? plugins = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        NativeTorch.EnsureLoaded();
        return new(RunFolder.Open(path), plugins ?? PluginCatalog.Default);
    }

    /// <summary>Opens a run while its plugins are being loaded, which takes as long as a list of a hundred thousand samples.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="plugins">Loads the plugins.</param>
    /// <exception cref="DmlException">There is no complete run, or a folder of plugins does not exist.</exception>
    internal static Run Open(string path, Func<PluginCatalog> plugins)
    {
        var folder = RunFolder.Open(path);
        var (native, catalog) = (Task.Run(NativeTorch.EnsureLoaded), Task.Run(plugins));
        try
        {
            var file = DatasetFile(folder);
            var dataset = DatasetRecord.Read(folder);
            native.GetAwaiter().GetResult();
            return new(folder, catalog.GetAwaiter().GetResult(), dataset, file);
        }
        finally
        {
            // A process that ends while libraries are being loaded may end badly.
            Task.WhenAll(native, catalog).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }
    }

    /// <summary>Trains by a config file and writes a run.</summary>
    /// <param name="config">The file.</param>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it; what was trained is kept and <see cref="Resume"/> continues from there.</param>
    /// <exception cref="DmlException">Something in the config or the data is wrong, or a run stands there.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Run Train(
        string config, string path, bool overwrite = false, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default) =>
        Train(RunConfig.Load(config), path, overwrite, null, progress, cancellationToken);

    /// <summary>Trains by a config and writes a run.</summary>
    /// <param name="config">The config.</param>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it; what was trained is kept and <see cref="Resume"/> continues from there.</param>
    /// <exception cref="DmlException">Something in the config or the data is wrong, or a run stands there.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Run Train(
        RunConfig config, string path, bool overwrite = false, PluginCatalog? plugins = null, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        NativeTorch.EnsureLoaded();
        var catalog = config.Referenced.Aggregate(plugins ?? PluginCatalog.Default, (all, plugin) => all.With(plugin));
        return Make(config.Root, config.Folder, path, overwrite, catalog, progress, cancellationToken);
    }

    /// <summary>Fits a linear head on given features with the default settings and writes a run.</summary>
    /// <param name="features">A file (.safetensors, .npz, .parquet) or a folder with features and labels, see docs/features.md.</param>
    /// <param name="loss">Plugin name of the loss.</param>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="testFeatures">The file of the test split, where the first has the training split alone; or null.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it; what was trained is kept and <see cref="Resume"/> continues from there.</param>
    /// <exception cref="DmlException">Something in the features is wrong, there is no such loss, or a run stands there.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Run Fit(
        string features, string loss, string path, string? testFeatures = null, bool overwrite = false, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return Fit(features, RunConfig.Parse("{}").Set("loss", loss), path, testFeatures, overwrite, null, progress, cancellationToken);
    }

    /// <summary>Fits a head on given features and writes a run.</summary>
    /// <param name="features">A file (.safetensors, .npz, .parquet) or a folder with features and labels, see docs/features.md.</param>
    /// <param name="config">The loss, and as far as wanted <c>head</c>, <c>training</c>, <c>evaluation</c> and <c>seed</c>.</param>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="testFeatures">The file of the test split, where the first has the training split alone; or null.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it; what was trained is kept and <see cref="Resume"/> continues from there.</param>
    /// <exception cref="DmlException">Something in the config or the features is wrong, or a run stands there.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Run Fit(
        string features, RunConfig config, string path, string? testFeatures = null, bool overwrite = false, PluginCatalog? plugins = null,
        IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(config);
        NativeTorch.EnsureLoaded();
        var catalog = config.Referenced.Aggregate(plugins ?? PluginCatalog.Default, (all, plugin) => all.With(plugin));
        return Make(FittingRun.With(config.Root, features, testFeatures), config.Folder, path, overwrite, catalog, progress, cancellationToken);
    }

    /// <summary>Resumes a training that was stopped, killed or cut off, and ends with the bytes that an uncut one gives.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it again.</param>
    /// <exception cref="DmlException">There is no unfinished training.</exception>
    public static Run Resume(
        string path, PluginCatalog? plugins = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        NativeTorch.EnsureLoaded();
        var catalog = plugins ?? PluginCatalog.Default;
        using var writer = RunWriter.Resume(path);
        var config = RunConfig.Load(writer.Folder.Config);
        using var making = RunMaking.Open(config.Root, config.Folder, catalog, progress ?? Quiet.Instance, cancellationToken);
        return new(making.Execute(writer, path), catalog);
    }

    /// <summary>Makes a run of a model that was trained elsewhere: reads its weights, caches its features and evaluates it.</summary>
    /// <param name="config">The dataset, backbone and loss of the model.</param>
    /// <param name="weights">Backbone and head: .pth, .pt or .safetensors.</param>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="proxies">The loss's proxies where they are a file of their own, or null.</param>
    /// <param name="allowPartial">Take what fits: unknown and missing tensors become warnings of the run.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <param name="prefix">What stands before the backbone's names, where the file holds more than one backbone.</param>
    /// <param name="head">Name of the head's weight, where more than one fits.</param>
    /// <param name="proxiesKey">Name of the tensor with the loss's proxies, where more than one fits.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">The weights do not fit, or something in the config or the data is wrong.</exception>
    public static Run Import(
        RunConfig config, string weights, string path, string? proxies = null, bool allowPartial = false, bool overwrite = false,
        string? prefix = null, string? head = null, string? proxiesKey = null, PluginCatalog? plugins = null,
        IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        NativeTorch.EnsureLoaded();
        var catalog = config.Referenced.Aggregate(plugins ?? PluginCatalog.Default, (all, plugin) => all.With(plugin));
        var training = new TrainingRun(RunMaking.Bind(config.Root, catalog), config.Folder, progress ?? Quiet.Instance, cancellationToken)
        {
            Import = ModelImport.Open(weights, proxies, allowPartial, new(prefix, head, proxiesKey)),
        };
        return new(training.Execute(path, overwrite), catalog);
    }

    /// <summary>The items of a split that lie nearest to an image from anywhere.</summary>
    /// <param name="file">An image file.</param>
    /// <param name="count">Most neighbours.</param>
    /// <param name="among">The split that is searched.</param>
    /// <returns>Nearest first.</returns>
    /// <exception cref="DmlException">The file is no image that can be decoded.</exception>
    public IReadOnlyList<Neighbour> Neighbours(string file, int count = 10, Split among = Split.Test)
    {
        using var features = Embedder.Features([file]);
        return Model.NeighboursOf(features, count, among)[0];
    }

    /// <summary>What lies nearest to an item of the run or to an image from anywhere.</summary>
    /// <param name="image">Id of a test item or a training sample; any other text is the path of an image file.</param>
    /// <param name="count">Most neighbours, at least 1.</param>
    /// <param name="among">The split that is searched.</param>
    /// <exception cref="DmlException">It is neither an id nor an image that can be decoded.</exception>
    public Retrieval Retrieve(string image, int count = 10, Split among = Split.Test)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Model.Find(image) is not null) return Model.Retrieve(image, count, among);
        if (File.Exists(image)) return new(image, null, null, null, null, Neighbours(image, count, among));
        throw new DmlException(
            null, "the id of a test item or a training sample, or an image file", $"\"{image}\", which is neither",
            Model.IdHint(image, [.. Model.TestIds, .. Model.TrainingIds]));
    }

    /// <summary>Writes the embeddings of images from anywhere, float32, rows in the order of the images, with their names.</summary>
    /// <param name="images">Image files, or folders whose images are taken at any depth in ordinal order.</param>
    /// <param name="path">The file: .safetensors (the names in its metadata) or .npy (the names in FILE.ids.json beside it).</param>
    /// <param name="features">Whether the features before the head are written instead.</param>
    /// <param name="overwrite">Replace files that stand there.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>Number of rows.</returns>
    /// <exception cref="DmlException">There is no image, one cannot be decoded, or the file cannot be written.</exception>
    public int WriteEmbeddings(
        IReadOnlyList<string> images, string path, bool features = false, bool overwrite = false, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(path);
        EmbeddingFile.Check(path, overwrite);
        var files = ImageFolder.Images(images, progress ?? Quiet.Instance);
        using var rows = features ? Embedder.Features(files, progress, cancellationToken) : Embedder.Embed(files, progress, cancellationToken);
        EmbeddingFile.Write(path, features ? "features" : "embeddings", rows, files);
        return files.Count;
    }

    /// <summary>Which test items another run retrieves where this one does not, and the other way round.</summary>
    /// <param name="other">The run to compare with; its test items with the same ids count.</param>
    /// <exception cref="DmlException">They share no test item, or an id stands twice.</exception>
    public RunComparison CompareWith(Run other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return RunComparison.Of(this, other);
    }

    /// <summary>The runs below a folder, complete and unfinished, in ordinal order of their paths.</summary>
    /// <param name="folder">The folder; a run itself is a list of one.</param>
    /// <exception cref="DmlException">There is no such folder.</exception>
    public static IReadOnlyList<RunSummary> List(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return RunSummary.Below(folder);
    }

    /// <summary>Frees the model and the network.</summary>
    public void Dispose()
    {
        _model?.Dispose();
        _embedder?.Dispose();
    }

    private static Run Make(
        Configuration.ConfigNode root, string folder, string path, bool overwrite, PluginCatalog catalog, IProgress<ProgressReport>? progress,
        CancellationToken cancellationToken)
    {
        using var making = RunMaking.Open(root, folder, catalog, progress ?? Quiet.Instance, cancellationToken);
        return new(making.Execute(path, overwrite), catalog);
    }

    /// <summary>What tells one state of dataset.json from another.</summary>
    private static (DateTime, long) DatasetFile(RunFolder folder) =>
        new FileInfo(folder.Dataset) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;
}
