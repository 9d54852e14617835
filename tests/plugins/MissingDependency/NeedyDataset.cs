using Newtonsoft.Json;

namespace Dml.TestPlugins;

/// <summary>Needs a package that is not beside it.</summary>
[Plugin("needy")]
public sealed class NeedyDataset : IDatasetSource
{
    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        new([JsonConvert.SerializeObject(1)], 1, [], []);
}
