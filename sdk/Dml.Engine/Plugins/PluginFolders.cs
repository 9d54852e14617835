namespace Dml.Engine.Plugins;

/// <summary>Finds plugin files: in a plugin root, each folder NAME that holds NAME.dll.</summary>
internal static class PluginFolders
{
    /// <summary>The environment variable with further plugin folders, separated like PATH.</summary>
    public const string Variable = "DML_PLUGINS";

    /// <summary>The folders to search: those given, those of the environment, and the host's own.</summary>
    /// <param name="given">Folders that the caller names.</param>
    /// <exception cref="DmlException">A folder that the user named does not exist.</exception>
    public static IReadOnlyList<string> Roots(IReadOnlyList<string> given)
    {
        var variable = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var named = given.Select(folder => (folder, option: "plugins")).Concat(variable.Select(folder => (folder, option: Variable))).ToList();
        foreach (var (folder, option) in named)
        {
            if (!Directory.Exists(folder)) throw new DmlException(option, "a folder with plugins", "none", "check the path", folder);
        }

        return [.. named.Select(x => x.folder), .. OwnRoot()];
    }

    /// <summary>The plugin files of the folders, each file once, in the order of the folders and by name within one.</summary>
    /// <param name="roots">Plugin roots, or folders of single plugins.</param>
    /// <param name="failures">Gets what looks like a plugin folder and holds none.</param>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> roots, List<PluginFailure> failures)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var files = new List<string>();
        foreach (var root in roots)
        {
            foreach (var folder in PluginFoldersOf(root, failures))
            {
                if (!seen.Add(Path.GetFullPath(folder))) continue;
                var file = MainFile(folder);
                if (File.Exists(file)) files.Add(file);
                else failures.Add(new(folder, Missing(folder)));
            }
        }

        return files;
    }

    /// <summary>A published host has its plugins beside it; one run from the source tree is told by its runtime configuration where they were built.</summary>
    private static string[] OwnRoot()
    {
        var published = Path.Combine(AppContext.BaseDirectory, "plugins");
        if (Directory.Exists(published)) return [published];
        return AppContext.GetData("Dml.PluginsDir") is string { Length: > 0 } built && Directory.Exists(built) ? [built] : [];
    }

    private static List<string> PluginFoldersOf(string root, List<PluginFailure> failures)
    {
        if (File.Exists(MainFile(root))) return [root];
        var folders = Directory.GetDirectories(root).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
        if (folders.Any(folder => File.Exists(MainFile(folder)))) return folders;
        failures.Add(new(root, $"{root}: expected plugin folders NAME with NAME.dll in them, or one such folder, found none; {Remedy(root)}."));
        return [];
    }

    private static string MainFile(string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return Path.Combine(folder, name + ".dll");
    }

    private static string Missing(string folder) => $"{folder}: expected {Path.GetFileName(MainFile(folder))} in it, found no such file; {Remedy(folder)}.";

    private static string Remedy(string folder) => Directory.EnumerateFiles(folder, "*.dll").Any()
        ? "give the folder the name of the plugin's DLL"
        : "build the plugin into it or remove the folder";
}
