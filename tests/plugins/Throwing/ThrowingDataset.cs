namespace Dml.TestPlugins;

/// <summary>Cannot be made because of a defect.</summary>
[Plugin("throwing")]
public sealed class ThrowingDataset : IDatasetSource
{
    public ThrowingDataset() => throw new InvalidOperationException("The flux is too high.");

    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => new([], 0, [], []);
}
