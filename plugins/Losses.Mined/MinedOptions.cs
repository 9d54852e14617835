namespace Dml.Plugins;

/// <summary>Options of a loss of mined pairs.</summary>
public sealed record MinedOptions
{
    /// <summary>The loss, any of pairs: its name, or an object with its name and its options.</summary>
    public PluginChoice<IMetricLoss> Loss { get; init; } = new("contrastive");

    /// <summary>The miner: its name, or an object with its name and its options.</summary>
    public PluginChoice<IPairMiner> Miner { get; init; } = new("gap");
}
