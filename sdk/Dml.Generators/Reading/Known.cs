using System.Collections.Generic;

namespace Dml.Generators.Reading;

/// <summary>Names of the contracts that the generator knows; it never references their assembly.</summary>
internal static class Known
{
    public const string PluginAttribute = "Dml.PluginAttribute";
    public const string OptionsAttribute = "Dml.OptionsAttribute";
    public const string RangeAttribute = "Dml.RangeAttribute";
    public const string ServiceAttribute = "Dml.PluginServiceAttribute";

    /// <summary>Contract and the member of Dml.PluginKind that it means.</summary>
    public static readonly IReadOnlyDictionary<string, string> Contracts = new Dictionary<string, string>
    {
        ["Dml.IMetricLoss"] = "Loss",
        ["Dml.IDatasetSource"] = "Dataset",
        ["Dml.IBackbone"] = "Backbone",
        ["Dml.IInfluenceEstimator"] = "Estimator",
    };
}
