using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Runs;

namespace Dml.Engine.Sessions;

/// <summary>The making of a run by a config, of images or of given features.</summary>
internal abstract class RunMaking : IDisposable
{
    /// <summary>What every run is made by.</summary>
    protected abstract RunAssembly Assembly { get; }

    /// <summary>config.json of the run that this makes.</summary>
    public string ConfigJson => Assembly.ConfigJson;

    /// <summary>The run's seed.</summary>
    public long Seed => Assembly.Seed;

    /// <summary>Binds a config, all problems reported together, and opens features where it has any.</summary>
    /// <param name="root">The config.</param>
    /// <param name="configDirectory">Its folder, which relative paths start at.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="progress">Receives progress of every stage.</param>
    /// <param name="cancellationToken">Stops it; what was trained is kept and can be resumed.</param>
    /// <exception cref="DmlException">Something in the config or the features is wrong.</exception>
    public static RunMaking Open(
        ConfigNode root, string configDirectory, PluginCatalog catalog, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        FittingRun.Is(root) ? FittingRun.OpenFeatures(root, configDirectory, catalog, progress, cancellationToken)
            : new TrainingRun(Bind(root, catalog), configDirectory, progress, cancellationToken);

    /// <summary>Binds a config of images.</summary>
    /// <param name="root">The config.</param>
    /// <param name="catalog">Loaded plugins.</param>
    public static BoundConfig Bind(ConfigNode root, PluginCatalog catalog) =>
        new Composer(catalog, HostSections.All).Bind(root, PluginKind.Dataset, PluginKind.Backbone, PluginKind.Loss);

    /// <summary>Trains and writes the run folder.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <exception cref="Dml.Engine.Training.TrainingStoppedException">It was stopped after its first batch.</exception>
    public RunFolder Execute(string path, bool overwrite) => Assembly.Execute(path, overwrite, Make);

    /// <summary>Goes on with a training that was stopped, with the config that it was started with.</summary>
    /// <param name="writer">The unfinished run.</param>
    /// <param name="path">How the user named it.</param>
    public RunFolder Execute(RunWriter writer, string path) => Assembly.Execute(writer, path, Make);

    /// <summary>Does all that a training does before its first step, writes nothing that stays, and says what it found.</summary>
    public abstract DataCheck Check();

    /// <summary>Closes what it reads.</summary>
    public abstract void Dispose();

    /// <summary>Trains, and writes all files.</summary>
    /// <param name="run">The run, under its unfinished name.</param>
    /// <param name="checkpoints">Its checkpoints.</param>
    protected abstract void Make(RunFolder run, Training.CheckpointStore checkpoints);
}
