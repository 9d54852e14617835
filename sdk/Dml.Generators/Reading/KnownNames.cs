namespace Dml.Generators.Reading;

/// <summary>Names of the contracts, by which they are found in a compilation.</summary>
internal static class KnownNames
{
    public const string PluginAttribute = "Dml.PluginAttribute";
    public const string OptionsAttribute = "Dml.OptionsAttribute";
    public const string RangeAttribute = "Dml.RangeAttribute";
    public const string PluginServiceAttribute = "Dml.PluginServiceAttribute";
    public const string NoOptions = "Dml.NoOptions";

    /// <summary>The key beside a plugin's options that names the plugin.</summary>
    public const string ReservedKey = "name";

    /// <summary>Each contract with its member of <c>PluginKind</c>.</summary>
    public static readonly (string Contract, string Kind)[] Contracts =
    [
        ("Dml.IMetricLoss", "Loss"),
        ("Dml.IDatasetSource", "Dataset"),
        ("Dml.IBackbone", "Backbone"),
        ("Dml.IInfluenceEstimator", "Estimator"),
        ("Dml.ITrainingScorer", "Scorer"),
    ];
}
