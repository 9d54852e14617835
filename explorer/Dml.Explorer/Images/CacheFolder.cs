namespace Dml.Explorer.Images;

/// <summary>The folder of what can be made again: XDG_CACHE_HOME/dml, or ~/.cache/dml.</summary>
internal static class CacheFolder
{
    /// <summary>The folder, which need not be there yet.</summary>
    /// <param name="options">May name another.</param>
    public static string Of(ExplorerOptions options)
    {
        if (options.CacheFolder is { } given) return Path.GetFullPath(given);
        var root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (root is { Length: > 0 } && Path.IsPathRooted(root)) return Path.Combine(root, "dml");
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "dml");
    }
}
