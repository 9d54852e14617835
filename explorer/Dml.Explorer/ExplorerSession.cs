using Dml.Engine;
using Dml.Explorer.Images;
using Dml.Explorer.Jobs;
using Dml.Explorer.Views;

namespace Dml.Explorer;

/// <summary>What the requests of a server share: the run, what was computed of it, its jobs and its listeners.</summary>
internal sealed class ExplorerSession : IDisposable
{
    /// <summary>Opens the model, so that what is wrong with it is told before anybody waits.</summary>
    /// <param name="run">The run; it stays the caller's.</param>
    /// <param name="options">Where things are kept.</param>
    public ExplorerSession(Run run, ExplorerOptions options)
    {
        (Run, Model) = (run, run.Model);
        var cache = CacheFolder.Of(options);
        Jobs = new(Events, options);
        Items = new(run);
        Errors = new(Model, Items, Jobs, cache);
        Causes = new(Model, Items, Errors, Jobs);
        Images = new(run, cache);
    }

    /// <summary>The run.</summary>
    public Run Run { get; }

    /// <summary>Its model.</summary>
    public Model Model { get; }

    /// <summary>Everybody who listens.</summary>
    public EventHub Events { get; } = new();

    /// <summary>Long work.</summary>
    public JobList Jobs { get; }

    /// <summary>Samples and test items as the API names them.</summary>
    public ItemList Items { get; }

    /// <summary>The errors.</summary>
    public ErrorView Errors { get; }

    /// <summary>Their causes.</summary>
    public CauseView Causes { get; }

    /// <summary>The images.</summary>
    public ImageCache Images { get; }

    /// <summary>Stops all jobs and frees what was prepared.</summary>
    public void Dispose()
    {
        Jobs.Dispose();
        Causes.Dispose();
        Images.Dispose();
    }
}
