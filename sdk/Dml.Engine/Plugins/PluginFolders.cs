namespace Dml.Engine.Plugins;

/// <summary>
/// Finds plugin files. A plugin folder holds a plugin's DLL with its deps.json, whatever the folder's name (a project's
/// <c>bin/Release/net10.0</c>, for one), or a DLL of the folder's name. A plugin root holds plugin folders. Below a folder that is neither,
/// the projects are looked for, and of each its newest build.
/// </summary>
internal static class PluginFolders
{
    /// <summary>The environment variable with further plugin folders, separated like PATH.</summary>
    public const string Variable = "DML_PLUGINS";

    private const string DependencyFile = ".deps.json";

    /// <summary>The folders to search: those given, those of the environment, the user's and the host's own.</summary>
    /// <param name="given">Folders that the caller names.</param>
    /// <exception cref="DmlException">A folder that the user named does not exist.</exception>
    public static IReadOnlyList<string> Roots(IReadOnlyList<string> given)
    {
        var variable = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var named = given.Select(FolderOf).Select(folder => (folder, option: "plugins")).Concat(variable.Select(folder => (folder, option: Variable))).ToList();
        foreach (var (folder, option) in named)
        {
            if (!Directory.Exists(folder)) throw new DmlException(option, "a folder with plugins", "none", "check the path", folder);
        }

        return [.. named.Select(x => x.folder), .. UserPlugins.List().Count > 0 ? new[] { UserPlugins.Root } : [], .. OwnRoot()];
    }

    /// <summary>A plugin's DLL, or its project file, stands for its folder.</summary>
    private static string FolderOf(string given) =>
        File.Exists(given) && Path.GetExtension(given) is ".dll" or ".csproj" ? Path.GetDirectoryName(Path.GetFullPath(given))! : given;

    /// <summary>The folders to search where the user's own folder is not to be counted: those of the environment and the host's own.</summary>
    public static IReadOnlyList<string> RootsWithoutUser => [.. Roots([]).Where(root => root != UserPlugins.Root)];

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
                if (!seen.Add(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))) continue;
                var found = MainFiles(folder);
                files.AddRange(found);
                if (found.Count == 0) failures.Add(new(folder, Missing(folder)));
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
        if (MainFiles(root).Count > 0) return [root];
        var folders = Directory.GetDirectories(root).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
        if (folders.Any(folder => MainFiles(folder).Count > 0)) return folders;
        var projects = PluginProjects.Below(root);
        var builds = projects.SelectMany(PluginProjects.Builds).ToLookup(build => MainFiles(build).Count > 0);
        var newest = builds[true].GroupBy(PluginProjects.Of).Select(build => build.MaxBy(LastBuilt)!).ToList();
        if (newest.Count > 0) return newest;
        if (projects.Count > 0 && !builds[false].Any())
        {
            failures.Add(new(root, $"{root}: expected a build of {string.Join(" or ", projects.Select(Path.GetFileName))} in bin/, found none; "
                + "run `dotnet build -c Release` there."));
            return [];
        }

        if (builds[false].Any())
        {
            failures.Add(new(root, $"{root}: expected a plugin in the build of {string.Join(" or ", projects.Select(Path.GetFileName))}, found none; "
                + "write a class with [Plugin] and build it with the package Dml.Abstractions, which brings the generator."));
            return [];
        }

        failures.Add(new(root, $"{root}: expected a plugin's DLL with its deps.json in it, or folders with one each, found none; {Remedy(root)}."));
        return [];
    }

    /// <summary>The plugins of a folder: the DLL of its name as it is, else every DLL with a deps.json that lists plugins.</summary>
    private static IReadOnlyList<string> MainFiles(string folder)
    {
        var named = NamedFile(folder);
        return File.Exists(named) ? [named] : [.. WithDependencies(folder).Where(PluginPreflight.HasPlugins)];
    }

    private static DateTime LastBuilt(string folder) => MainFiles(folder).Max(File.GetLastWriteTimeUtc);

    /// <summary>The DLLs of a folder that have a deps.json.</summary>
    public static IEnumerable<string> WithDependencies(string folder) => Directory.EnumerateFiles(folder, "*" + DependencyFile)
        .Select(file => file[..^DependencyFile.Length] + ".dll").Where(File.Exists).Order(StringComparer.Ordinal);

    private static string NamedFile(string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return Path.Combine(folder, name + ".dll");
    }

    private static string Missing(string folder) =>
        $"{folder}: expected a plugin's DLL with its deps.json in it, or {Path.GetFileName(NamedFile(folder))}, found neither; {Remedy(folder)}.";

    private static string Remedy(string folder)
    {
        if (WithDependencies(folder).Any()) return "write a class with [Plugin] and build it with the package Dml.Abstractions, which brings the generator";
        return Directory.EnumerateFiles(folder, "*.dll").Any()
            ? "copy the plugin's whole output folder, its deps.json too, or give the folder the name of the plugin's DLL"
            : "build the plugin into it or remove the folder";
    }
}
