using Dml.Generators.Models;

namespace Dml.Generators.Reading;

/// <summary>Names of the contracts, by which they are found in a compilation.</summary>
internal static class KnownNames
{
    public const string PluginAttribute = "Dml.PluginAttribute";
    public const string OptionsAttribute = "Dml.OptionsAttribute";
    public const string RangeAttribute = "Dml.RangeAttribute";
    public const string OptionPathAttribute = "Dml.OptionPathAttribute";
    public const string PluginServiceAttribute = "Dml.PluginServiceAttribute";
    public const string NoOptions = "Dml.NoOptions";
    public const string PluginChoice = "Dml.PluginChoice<T>";

    /// <summary>The key beside a plugin's options that names the plugin.</summary>
    public const string ReservedKey = "name";

    /// <summary>Contracts of plugins that an option cannot choose: a config names them beside what the engine brings itself.</summary>
    public static readonly string[] NotChosen = ["Dml.ILearningRateSchedule", "Dml.IBatchSampler"];

    /// <summary>The contracts that make a class a plugin.</summary>
    public static readonly ContractModel[] Contracts =
    [
        new("Dml.IMetricLoss", "Loss"),
        new("Dml.IDatasetSource", "Dataset"),
        new("Dml.IBackbone", "Backbone"),
        new("Dml.IInfluenceEstimator", "Estimator"),
        new("Dml.ITrainingScorer", "Scorer"),
        new("Dml.ILearningRateSchedule", "Schedule"),
        new("Dml.IBatchSampler", "Sampler"),
        new("Dml.IPairMiner", "Miner"),
    ];
}
