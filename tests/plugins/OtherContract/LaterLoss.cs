namespace Dml.TestPlugins;

/// <summary>A loss for a later contract.</summary>
public sealed class LaterLoss : IMetricLoss
{
    /// <inheritdoc/>
    public string Formula => "0";
}
