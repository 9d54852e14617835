namespace Dml.Storage;

/// <summary>Folders that a user named for results.</summary>
internal static class OutputFolder
{
    /// <summary>
    /// The absolute path that is meant: where it is a link, the place that the link leads to, be there something or not. A folder that is
    /// renamed into its place would take the link's place instead, on another disk as the case may be.
    /// </summary>
    /// <param name="path">As the user named it.</param>
    /// <exception cref="DmlException">The links lead round in a circle.</exception>
    public static string Resolve(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (new DirectoryInfo(full).LinkTarget is null) return full;
        try
        {
            return Path.TrimEndingDirectorySeparator(Directory.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected a folder for the results at {path}, found links whose end cannot be reached ({error.Message.TrimEnd('.')}); choose another folder.",
                error);
        }
    }
}
