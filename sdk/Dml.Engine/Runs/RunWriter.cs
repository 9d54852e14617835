using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>
/// Makes a run folder that is complete or absent: everything goes into <c>DIR.partial</c>, which is renamed at the end. When the run
/// fails or is cancelled the partial folder is removed, unless it is kept to be resumed. An existing run stays untouched until then.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private const string Marker = ".unfinished";
    private const string Partial = ".partial";
    private const string Replaces = "r";
    private const string Holder = "`dml train`";

    private static readonly Wording ChooseAnother = $"choose another {Mention.Option("output")}";

    private readonly string _target;
    private readonly RunLock _lock;
    private bool _finished;

    private RunWriter(string target, RunFolder folder, RunLock held) => (_target, Folder, _lock) = (target, folder, held);

    /// <summary>The folder to write to.</summary>
    public RunFolder Folder { get; }

    /// <summary>Whether an unfinished run stays, so that it can be resumed.</summary>
    public bool KeepUnfinished { get; set; }

    /// <summary>What goes on with an unfinished training, for messages.</summary>
    /// <param name="path">Where the run shall be.</param>
    public static Mention Resumption(string path) => Mention.Operation("train", ("resume", path));

    /// <summary>What the user must know of the place, or null.</summary>
    public string? Warning => _lock.Warning;

    /// <summary>Starts a run.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <exception cref="DmlException">Something stands there already, or the place cannot be written to.</exception>
    public static RunWriter Start(string path, bool overwrite)
    {
        var target = OutputFolder.Resolve(path);
        if (IsInside(Directory.GetCurrentDirectory(), target))
        {
            throw new DmlException(
                null, "a folder for the run other than the current one and those above it, which cannot be renamed under the command", path,
                "name a new folder");
        }

        if (File.Exists(target)) throw new DmlException(null, $"a folder for the run at {path}", "a file", ChooseAnother);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            if (!File.Exists(new RunFolder(target).Facts))
            {
                throw new DmlException(null, "a new folder for the run", $"{path} with other files in it", ChooseAnother);
            }

            if (!overwrite)
            {
                throw new DmlException(
                    null, "a new folder for the run", $"a run in {path}", $"give {Mention.Option("overwrite")} to replace it or {ChooseAnother}");
            }

            RunLock.RequireFree(target, Holder);
        }

        var partial = target + Partial;
        if (Directory.Exists(target + ".old"))
        {
            throw new DmlException($"Expected no folder {path}.old, which a replaced run is moved to for a moment, found one; move it away.");
        }

        return Guard(path, () =>
        {
            RequireOurs(partial);
            var held = RunLock.Take(partial, Holder);
            try
            {
                ClearAbandoned(path, partial, overwrite);
                File.WriteAllText(Path.Combine(partial, Marker), overwrite ? Replaces : "");
                FolderFlush.Flush(partial);
                return new RunWriter(target, new(partial), held);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        });
    }

    /// <summary>Whether an unfinished run waits there whose config is this.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="config">Text of its config.json.</param>
    public static bool IsUnfinished(string path, string config)
    {
        var partial = new RunFolder(OutputFolder.Resolve(path) + Partial);
        return IsUnfinished(partial.Path) && File.Exists(partial.Config) && InputFile.ReadText(partial.Config) == config;
    }

    /// <summary>The folder of an unfinished training whose run shall be at a path; null for none.</summary>
    /// <param name="path">Where the run shall be, with or without <c>.partial</c>.</param>
    public static string? PartialOf(string path)
    {
        var partial = path.EndsWith(Partial, StringComparison.Ordinal) ? path : Path.TrimEndingDirectorySeparator(path) + Partial;
        return IsUnfinished(partial) ? partial : null;
    }

    /// <summary>Whether a folder holds an unfinished training.</summary>
    /// <param name="partial">The folder, whose name ends with <c>.partial</c>.</param>
    public static bool IsUnfinished(string partial) => File.Exists(Path.Combine(partial, Marker));

    /// <summary>Goes on with an unfinished run.</summary>
    /// <param name="path">Where the run shall be, with or without <c>.partial</c>.</param>
    /// <exception cref="DmlException">There is no unfinished run, or something stands in its place.</exception>
    public static RunWriter Resume(string path)
    {
        var target = OutputFolder.Resolve(path);
        if (target.EndsWith(Partial, StringComparison.Ordinal)) target = target[..^Partial.Length];
        var partial = target + Partial;
        if (!Directory.Exists(partial))
        {
            throw File.Exists(new RunFolder(target).Facts)
                ? new DmlException(null, $"an unfinished training at {path}", "a finished run", "there is nothing left to train")
                : new DmlException(null, $"an unfinished training at {path}", $"no {partial}", $"{RunFolder.Maker(path)} starts one");
        }

        if (!IsUnfinished(partial) || !File.Exists(new RunFolder(partial).Config))
        {
            throw new DmlException(null, $"an unfinished training in {partial}", "a folder without its config", $"{RunFolder.Maker(path)} starts anew");
        }

        return Guard(path, () =>
        {
            var held = RunLock.Take(partial, Holder);
            var taken = Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any();
            if (!taken || InputFile.ReadText(Path.Combine(partial, Marker)) == Replaces)
            {
                return new RunWriter(target, new(partial), held) { KeepUnfinished = true };
            }

            held.Dispose();
            throw new DmlException($"Expected {target} to be free for the run when it is finished, found other files there; move them away.");
        });
    }

    /// <summary>Puts the run in its place.</summary>
    /// <exception cref="DmlException">Somebody writes into the run that stands there, or the system refuses; the new run stays in its folder.</exception>
    public RunFolder Finish() => Guard(_target, () =>
    {
        var old = _target + ".old";
        var replaces = Directory.Exists(_target);
        using var replaced = replaces ? HoldReplaced() : null;
        if (replaces) Directory.Move(_target, old);
        try
        {
            Directory.Move(Folder.Path, _target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What was trained is worth more than a tidy folder, and so is the run that stood there.
            File.Delete(Path.Combine(Folder.Path, Marker));
            _finished = true;
            if (replaces) Directory.Move(old, _target);
            throw new DmlException(
                $"Expected to rename the finished run {Folder.Path} to {_target}, but the system refused ({error.Message.TrimEnd('.')}); "
                    + "it stays where it is, rename it by hand.",
                error);
        }

        // Only now: killed before, the folder can still be told for ours and put in its place.
        _finished = true;
        _lock.MovedTo(_target);
        File.Delete(Path.Combine(_target, Marker));
        FolderFlush.Flush(Path.GetDirectoryName(_target)!);
        if (replaces) Directory.Delete(old, recursive: true);
        return new RunFolder(_target);
    });

    /// <summary>Removes an unfinished run that is not to be kept.</summary>
    public void Dispose()
    {
        // While the lock is held, so that nobody begins in a folder that is about to go.
        if (!_finished && !KeepUnfinished && Directory.Exists(Folder.Path)) RunLock.Clear(Folder.Path);
        _lock.Dispose();
        if (!_finished && !KeepUnfinished) RunLock.RemoveEmpty(Folder.Path);
    }

    private static bool IsInside(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private RunLock HoldReplaced()
    {
        try
        {
            return RunLock.Take(_target, Holder);
        }
        catch (DmlException error)
        {
            KeepUnfinished = true;
            throw new DmlException($"{error.Message.TrimEnd('.')}; the new run waits in {Folder.Path} until the training is resumed.", error);
        }
    }

    private static void RequireOurs(string partial)
    {
        if (!Directory.Exists(partial) || IsUnfinished(partial)
            || File.Exists(Path.Combine(partial, RunLock.FileName)) || !Directory.EnumerateFileSystemEntries(partial).Any())
        {
            return;
        }

        throw new DmlException(
            null, $"no folder {partial}, which a run is written to before it is renamed", "one that is not from here", $"move it away or {ChooseAnother}");
    }

    /// <summary>Removes what a killed training left, unless it can be resumed. The lock is held.</summary>
    private static void ClearAbandoned(string path, string partial, bool overwrite)
    {
        if (!overwrite && IsUnfinished(partial) && new RunFolder(partial).HasCheckpoint)
        {
            throw new DmlException(
                null, "a new folder for the run", $"an unfinished training at {path}",
                $"{Resumption(path)} goes on with it, {Mention.Option("overwrite")} starts anew");
        }

        RunLock.Clear(partial);
    }

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to write a run to {path}, but the system refused ({error.Message.TrimEnd('.')}); {ChooseAnother}.", error);
        }
    }
}
