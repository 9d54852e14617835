namespace Dml.TestPlugins;

/// <summary>Brings its own copy of the contract.</summary>
[Plugin("own-contract")]
public sealed class OwnContractDataset : IDatasetSource
{
    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => new(["one"], 1, [], []);
}
