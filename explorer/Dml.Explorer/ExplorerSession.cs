using Dml.Engine;
using Dml.Explorer.Images;
using Dml.Explorer.Jobs;
using Dml.Explorer.Views;

namespace Dml.Explorer;

/// <summary>What the requests of a server share: the run, what was computed of it, its jobs and its listeners.</summary>
internal sealed class ExplorerSession : IAsyncDisposable
{
    /// <summary>Opens the model, so that what is wrong with it is told before anybody waits.</summary>
    /// <param name="run">The run; it stays the caller's.</param>
    /// <param name="options">Where things are kept.</param>
    public ExplorerSession(Run run, ExplorerOptions options)
    {
        (Run, Model, Options) = (run, run.Model, options);
        var cache = CacheFolder.Of(options);
        Jobs = new(Events, options);
        Items = new(run);
        Errors = new(Model, Items, Jobs, cache);
        Causes = new(Model, Items, Errors, Jobs);
        Images = new(run, cache);
        Review = new(run, Items, Events);
        Suspects = new(Model, Items, Review, Jobs);
        Classes = new(Model, Errors);
        Maps = new(Model, Errors, Jobs);
        Duplicates = new(run, Jobs);
        Runs = new(run, Items, Errors, Jobs);
        Search = new(run, Items);
        Changes = new(this);
    }

    /// <summary>The run.</summary>
    public Run Run { get; }

    /// <summary>Its model.</summary>
    public Model Model { get; }

    /// <summary>Where things are kept, and how options are written.</summary>
    public ExplorerOptions Options { get; }

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

    /// <summary>The decisions.</summary>
    public ReviewView Review { get; }

    /// <summary>The suspicious labels.</summary>
    public SuspectView Suspects { get; }

    /// <summary>The classes.</summary>
    public ClassView Classes { get; }

    /// <summary>The maps.</summary>
    public MapView Maps { get; }

    /// <summary>Duplicates and leaks.</summary>
    public DuplicateView Duplicates { get; }

    /// <summary>The runs beside this one.</summary>
    public RunsView Runs { get; }

    /// <summary>Images from elsewhere.</summary>
    public SearchView Search { get; }

    /// <summary>What changes would do.</summary>
    public ChangeView Changes { get; }

    /// <summary>Stops all jobs and frees what was prepared.</summary>
    public async ValueTask DisposeAsync()
    {
        await Review.DisposeAsync();
        Jobs.Dispose();
        Changes.Dispose();
        Search.Dispose();
        Causes.Dispose();
        Images.Dispose();
    }
}
