using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using static TorchSharp.torch;

namespace Dml.Engine.Fixing;

/// <summary>Features of a run's training images under its augmentation, a tensor a view; none where the images or the backbone are not there.</summary>
internal sealed class AugmentedViews : IDisposable
{
    /// <summary>All views together, so that a large dataset sees fewer of them.</summary>
    private const long MostBytes = 1L << 30;

    private AugmentedViews(IReadOnlyList<Tensor> views) => Views = views;

    /// <summary>(N, D) each, float32.</summary>
    public IReadOnlyList<Tensor> Views { get; }

    /// <summary>Embeds the images.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">Its samples.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="options">How many views, and their seed.</param>
    /// <param name="featureSize">D.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static AugmentedViews Make(
        RunFolder run, DatasetRecord dataset, PluginCatalog catalog, FixOptions options, long featureSize, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        var count = (int)Math.Min(options.Views, MostBytes / Math.Max(1, dataset.Training.Count * featureSize * sizeof(float)));
        if (count == 0 || ConfigFile.Load(run.Config)["backbone"] is null) return new([]);
        if (!dataset.Training.All(s => File.Exists(Path.GetFullPath(s.File, run.Path)))) return new([]);
        using var network = TrainingViews.Open(run, dataset, catalog, [.. Enumerable.Range(0, dataset.Training.Count)], progress, cancellationToken);
        var views = new List<Tensor>();
        foreach (var view in Enumerable.Range(0, count))
        {
            views.Add(network.AugmentedFeatures(options.Seed + view, progress, cancellationToken).DetachFromDisposeScope());
            progress.Report(new("augmented views", view + 1, count));
        }

        return new(views);
    }

    public void Dispose()
    {
        foreach (var view in Views) view.Dispose();
    }
}
