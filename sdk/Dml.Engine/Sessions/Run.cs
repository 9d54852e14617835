using Dml.Engine.Config;
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
    private Model? _model;
    private Embedder? _embedder;

    private Run(RunFolder folder, PluginCatalog plugins) => (Folder, _plugins, Dataset) = (folder, plugins, DatasetRecord.Read(folder));

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
    public Model Model => _model ??= Model.OpenRun(Path, _plugins, null, []);

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
        return new(new TrainingRun(Bind(config, catalog), config.Folder, progress ?? Quiet.Instance, cancellationToken).Execute(path, overwrite), catalog);
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
        return new(new TrainingRun(Bind(config, catalog), writer.Folder.Path, progress ?? Quiet.Instance, cancellationToken).Execute(writer, path), catalog);
    }

    /// <summary>Makes a run of a model that was trained elsewhere: reads its weights, caches its features and evaluates it.</summary>
    /// <param name="config">The dataset, backbone and loss of the model.</param>
    /// <param name="weights">Backbone and head: .pth, .pt or .safetensors.</param>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="proxies">The loss's proxies where they are a file of their own, or null.</param>
    /// <param name="allowPartial">Take what fits: unknown and missing tensors become warnings of the run.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">The weights do not fit, or something in the config or the data is wrong.</exception>
    public static Run Import(
        RunConfig config, string weights, string path, string? proxies = null, bool allowPartial = false, bool overwrite = false,
        PluginCatalog? plugins = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        NativeTorch.EnsureLoaded();
        var catalog = config.Referenced.Aggregate(plugins ?? PluginCatalog.Default, (all, plugin) => all.With(plugin));
        var training = new TrainingRun(Bind(config, catalog), config.Folder, progress ?? Quiet.Instance, cancellationToken)
        {
            Import = ModelImport.Open(weights, proxies, allowPartial),
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

    /// <summary>Frees the model and the network.</summary>
    public void Dispose()
    {
        _model?.Dispose();
        _embedder?.Dispose();
    }

    private static BoundConfig Bind(RunConfig config, PluginCatalog catalog) =>
        new Composer(catalog, HostSections.All).Bind(config.Root, PluginKind.Dataset, PluginKind.Backbone, PluginKind.Loss);
}
