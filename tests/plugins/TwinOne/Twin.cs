namespace Dml.TestPlugins;

/// <summary>Has its name in common with a plugin of another assembly.</summary>
[Plugin("twin")]
public sealed class Twin : IDatasetSource
{
    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => new(["One"], 1, [], []);
}

/// <summary>Is in this assembly alone.</summary>
[Plugin("only-in-one")]
public sealed class OnlyOne : IDatasetSource
{
    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => new(["One"], 1, [], []);
}
