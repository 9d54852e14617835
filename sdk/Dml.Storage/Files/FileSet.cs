
namespace Dml.Storage;

/// <summary>
/// Files of a folder that replace those before them together. All are written under temporary names; then a list of them is put into the
/// folder, they are renamed, and the list is removed. Killed before the list stands, all old files are there; killed after it, the next
/// who holds the folder's lock renames the rest (<see cref="Complete"/>). One set at a time in a folder: the lock is the caller's.
/// </summary>
internal sealed class FileSet : IDisposable
{
    /// <summary>Name of the list.</summary>
    public const string ListName = ".dml.replacing";

    private readonly string _folder;
    private readonly List<string> _temporaries = [];
    private bool _listed;

    /// <summary>Begins a set.</summary>
    /// <param name="folder">The folder; made if it is missing.</param>
    public FileSet(string folder) => _folder = folder;

    /// <summary>Adds a file.</summary>
    /// <param name="name">Its name in the folder.</param>
    /// <returns>Where to write it until the set is whole.</returns>
    public string Add(string name)
    {
        var temporary = AtomicFile.TemporaryName(Path.Combine(_folder, name));
        _temporaries.Add(temporary);
        return temporary;
    }

    /// <summary>Adds a text file.</summary>
    /// <param name="name">Its name in the folder.</param>
    /// <param name="text">Its content.</param>
    /// <returns>SHA-256 of its content.</returns>
    public string Add(string name, string text)
    {
        var path = Add(name);
        AtomicFile.WriteText(path, text);
        return FileHash.Of(path);
    }

    /// <summary>Puts all files into their places; what stood there is replaced.</summary>
    /// <exception cref="DmlException">The system refuses.</exception>
    public void Commit()
    {
        AtomicFile.WriteText(Path.Combine(_folder, ListName), string.Concat(_temporaries.Select(t => Path.GetFileName(t) + "\n")));
        _listed = true;
        try
        {
            FolderFlush.Flush(_folder);
            Complete(_folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteRefusal.Of($"rename the new files in {_folder}", error);
        }
    }

    /// <summary>Goes on with a replacement that was cut; nothing happens where there is none. For the holder of the folder's lock.</summary>
    /// <param name="folder">An existing folder.</param>
    public static void Complete(string folder)
    {
        var list = Path.Combine(folder, ListName);
        if (!File.Exists(list)) return;
        foreach (var name in InputFile.ReadText(list).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // Names of ours alone, so that a list that was made up moves nothing else.
            if (Path.GetFileName(name) != name || AtomicFile.TargetOf(name) is not { } target) continue;
            var temporary = Path.Combine(folder, name);
            if (File.Exists(temporary)) File.Move(temporary, Path.Combine(folder, target), overwrite: true);
        }

        FolderFlush.Flush(folder);
        File.Delete(list);
    }

    /// <summary>Removes what was written, unless it was put into its place.</summary>
    public void Dispose()
    {
        if (_listed) return;
        foreach (var temporary in _temporaries) AtomicFile.Discard(temporary);
    }
}
