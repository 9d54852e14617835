using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>A plugin in run.json: two builds of one version are told apart by their bytes.</summary>
/// <param name="Version">The assembly's product version.</param>
/// <param name="Sha256">SHA-256 of the DLL.</param>
/// <param name="Package">The package and version that it was installed from; null for one that was not.</param>
internal sealed record PluginRecord(string Version, string Sha256, string? Package = null)
{
    /// <summary>One sentence where a plugin of a run is of another build now, though of the same version; null where it is not, or is not known.</summary>
    /// <param name="recorded">The plugins as the run has them.</param>
    /// <param name="plugin">The plugin of today.</param>
    public static string? ChangeOf(IReadOnlyDictionary<string, PluginRecord>? recorded, LoadedPlugin plugin)
    {
        if (recorded?.GetValueOrDefault(plugin.Assembly) is not { Sha256.Length: > 0 } then || then.Version != plugin.Version) return null;
        if (FileHash.TryOf(plugin.File) is not { } now || now == then.Sha256) return null;
        return $"the run was trained with another build of {plugin.Assembly} {plugin.Version} (SHA-256 {then.Sha256[..12]}, now {now[..12]}); "
            + "what is explained is the model by the build of today.";
    }

    /// <summary>SHA-256 of the DLLs of plugins, by assembly.</summary>
    /// <param name="plugins">The plugins.</param>
    public static IReadOnlyDictionary<string, string> Builds(IEnumerable<LoadedPlugin> plugins)
    {
        var hashes = plugins.DistinctBy(plugin => plugin.Assembly).ToDictionary(plugin => plugin.Assembly, plugin => FileHash.TryOf(plugin.File) ?? "");
        return new SortedDictionary<string, string>(hashes, StringComparer.Ordinal);
    }

    /// <summary>The plugins that a config chooses, those within options too, by assembly.</summary>
    /// <param name="config">The config.</param>
    public static IReadOnlyDictionary<string, PluginRecord> Of(BoundConfig config)
    {
        var plugins = config.AllPlugins.DistinctBy(plugin => plugin.Assembly);
        var records = plugins.Select(plugin => KeyValuePair.Create(
            plugin.Assembly, new PluginRecord(plugin.Version, FileHash.TryOf(plugin.File) ?? "", UserPlugins.PackageOf(plugin.File)?.ToString())));
        return new SortedDictionary<string, PluginRecord>(new Dictionary<string, PluginRecord>(records), StringComparer.Ordinal);
    }
}
