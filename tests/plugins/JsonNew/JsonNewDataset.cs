using System.Diagnostics;
using Newtonsoft.Json;

namespace Dml.TestPlugins;

/// <summary>Its one class is named after the version of Newtonsoft.Json that it runs with.</summary>
[Plugin("json-new")]
public sealed class JsonNewDataset : IDatasetSource
{
    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var version = FileVersionInfo.GetVersionInfo(typeof(JsonConvert).Assembly.Location).ProductVersion!;
        return new([version.Split('+')[0]], 1, [], []);
    }
}
