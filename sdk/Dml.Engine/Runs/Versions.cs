using System.Reflection;
using System.Runtime.InteropServices;
using Dml.Engine.Config;
using TorchSharp;

namespace Dml.Engine.Runs;

/// <summary>Versions of everything that a run's figures depend on.</summary>
internal static class Versions
{
    public static IReadOnlyDictionary<string, string> Of(BoundConfig config)
    {
        var versions = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["dml"] = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3),
            ["Dml.Abstractions"] = typeof(IMetricLoss).Assembly.GetName().Version!.ToString(2),
            ["TorchSharp"] = typeof(torch).Assembly.GetName().Version!.ToString(3),
            ["libtorch"] = torch.__version__,
            [".NET"] = Environment.Version.ToString(),
            ["system"] = RuntimeInformation.OSDescription,
        };
        foreach (var plugin in config.AllPlugins) versions[plugin.Assembly] = plugin.Version;

        return versions;
    }
}
