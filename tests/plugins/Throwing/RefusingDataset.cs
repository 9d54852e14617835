namespace Dml.TestPlugins;

/// <summary>Cannot be made because of what the user asks for, and says so itself.</summary>
[Plugin("refusing")]
public sealed class RefusingDataset : IDatasetSource
{
    public RefusingDataset() => throw new DmlException("images/: expected a folder with images, found none; download them first.");

    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => new([], 0, [], []);
}
