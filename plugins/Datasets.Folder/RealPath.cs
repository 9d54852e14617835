namespace Dml.Plugins;

/// <summary>Paths without links, by which a folder is known again however it was reached.</summary>
internal static class RealPath
{
    /// <summary>As many links as the kernel follows in one path.</summary>
    private const int MostLinks = 40;

    /// <summary>The path with every link in it followed; links beyond the fortieth stay, so that a loop of links ends.</summary>
    /// <param name="path">An absolute path.</param>
    public static string Of(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(Parts(path).Reverse());
        for (var links = 0; rest.TryPop(out var part);)
        {
            if (part == ".") continue;
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, part);
            if (new DirectoryInfo(next).LinkTarget is not { } target || ++links > MostLinks)
            {
                real = next;
                continue;
            }

            // A relative target is meant from the folder that holds the link, which is `real`.
            if (Path.IsPathRooted(target)) real = Path.GetPathRoot(target)!;
            foreach (var name in Parts(target).Reverse()) rest.Push(name);
        }

        return real;
    }

    private static string[] Parts(string path) => path[Path.GetPathRoot(path)!.Length..]
        .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
}
