namespace Dml.TestPlugins;

/// <summary>Never gets past its static constructor, or past that of its options, where a test asks for it.</summary>
[Plugin("hanging")]
public sealed class HangingDataset : IDatasetSource
{
    static HangingDataset() => Hang.If("made");

    /// <summary>Makes the dataset.</summary>
    public HangingDataset(HangingOptions options) => Options = options;

    /// <summary>What it was given.</summary>
    public HangingOptions Options { get; }

    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        progress.Report(new("listing images", 0, 0));
        return new([], 0, [], []);
    }
}

/// <summary>Options without options.</summary>
public sealed record HangingOptions
{
    static HangingOptions() => Hang.If("loaded");
}

internal static class Hang
{
    public static void If(string moment)
    {
        // This copy of the plugin alone: other tests load others at the same time.
        var here = Path.GetDirectoryName(typeof(Hang).Assembly.Location);
        if (AppContext.GetData("Dml.TestHang") as string == $"{moment} {here}") Thread.Sleep(Timeout.Infinite);
    }
}
