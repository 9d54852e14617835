namespace Dml.Engine.Plugins;

/// <summary>Finds the builds of projects, so that whoever writes a plugin can name the folder that is worked in.</summary>
internal static class PluginProjects
{
    private const int Depth = 3;

    /// <summary>The folders with a project file at or below a folder, three deep; hidden folders and outputs are passed over.</summary>
    /// <param name="folder">The folder.</param>
    public static IReadOnlyList<string> Below(string folder)
    {
        var projects = new List<string>();
        Visit(Path.GetFullPath(folder), Depth);
        return projects;

        void Visit(string place, int depth)
        {
            if (Directory.EnumerateFiles(place, "*.csproj").Any()) projects.Add(place);
            if (depth == 0) return;
            foreach (var child in Directory.GetDirectories(place).Order(StringComparer.Ordinal))
            {
                if (Path.GetFileName(child) is ['.', ..] or "bin" or "obj" or "node_modules" || IsLink(child)) continue;
                Visit(child, depth - 1);
            }
        }
    }

    /// <summary>The output folders of a project: <c>bin/Release/net10.0</c> and the like.</summary>
    /// <param name="project">The project's folder.</param>
    public static IReadOnlyList<string> Builds(string project)
    {
        var output = Path.Combine(project, "bin");
        if (!Directory.Exists(output)) return [];
        var frameworks = Directory.GetDirectories(output).SelectMany(Directory.GetDirectories);
        return [.. frameworks.Where(folder => Path.GetFileName(folder).StartsWith("net", StringComparison.Ordinal))];
    }

    /// <summary>The project of an output folder.</summary>
    /// <param name="build">One of <see cref="Builds"/>.</param>
    public static string Of(string build) => Path.GetFullPath(Path.Combine(build, "..", "..", ".."));

    /// <summary>A link may lead round in a circle.</summary>
    private static bool IsLink(string folder) => new DirectoryInfo(folder).LinkTarget is not null;
}
