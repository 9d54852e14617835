namespace Dml.TestPlugins;

/// <summary>Draws stripes, one class for each pattern.</summary>
[Plugin("stripes")]
public sealed class StripesDataset(StripesOptions options, DatasetContext context) : IDatasetSource
{
    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        new([context.Resolve(options.Folder)], options.Classes, [], []);
}
