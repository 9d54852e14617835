namespace Dml.Host.Runs;

/// <summary>
/// Makes a run folder that is complete or absent: everything goes into <c>DIR.partial</c>, which is renamed at the end and removed
/// when the run fails or is cancelled. An existing run stays untouched until then.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private readonly string _target;
    private bool _finished;

    private RunWriter(string target, RunFolder folder) => (_target, Folder) = (target, folder);

    /// <summary>The folder to write to.</summary>
    public RunFolder Folder { get; }

    /// <summary>Starts a run.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <exception cref="DmlException">Something stands there already, or the place cannot be written to.</exception>
    public static RunWriter Start(string path, bool overwrite)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(target)) throw new DmlException($"Expected a folder for the run at {path}, found a file; choose another --out.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            if (!File.Exists(new RunFolder(target).Facts)) throw new DmlException($"Expected a new folder for the run, found {path} with other files in it; choose another --out.");
            if (!overwrite) throw new DmlException($"Expected a new folder for the run, found a run in {path}; give --overwrite to replace it or choose another --out.");
        }

        var partial = target + ".partial";
        return Guard(path, () =>
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
            Directory.CreateDirectory(partial);
            return new RunWriter(target, new(partial));
        });
    }

    /// <summary>Puts the run in its place.</summary>
    public RunFolder Finish() => Guard(_target, () =>
    {
        var old = _target + ".old";
        if (Directory.Exists(_target)) Directory.Move(_target, old);
        Directory.Move(Folder.Path, _target);
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        _finished = true;
        return new RunFolder(_target);
    });

    /// <summary>Removes an unfinished run.</summary>
    public void Dispose()
    {
        if (!_finished && Directory.Exists(Folder.Path)) Directory.Delete(Folder.Path, recursive: true);
    }

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to write a run to {path}, but the system refused ({error.Message.TrimEnd('.')}); choose another --out.", error);
        }
    }
}
