using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>
/// Makes a run folder that is complete or absent: everything goes into <c>DIR.partial</c>, which is renamed at the end. When the run
/// fails or is cancelled the partial folder is removed, unless it is kept to be gone on with. An existing run stays untouched until then.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private const string Marker = ".unfinished";
    private const string Partial = ".partial";
    private const byte Replaces = (byte)'r';

    private static readonly Wording ChooseAnother = $"choose another {Mention.Option("output")}";

    private readonly string _target;
    private bool _finished;

    private FileStream? _marker;

    private RunWriter(string target, RunFolder folder, FileStream marker) => (_target, Folder, _marker) = (target, folder, marker);

    /// <summary>The folder to write to.</summary>
    public RunFolder Folder { get; }

    /// <summary>Whether an unfinished run stays, so that it can be gone on with.</summary>
    public bool KeepUnfinished { get; set; }

    /// <summary>What goes on with an unfinished training, for messages.</summary>
    /// <param name="path">Where the run shall be.</param>
    public static Mention Resumption(string path) => Mention.Operation("train", ("resume", path));

    /// <summary>Starts a run.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="overwrite">Replace a run that stands there.</param>
    /// <exception cref="DmlException">Something stands there already, or the place cannot be written to.</exception>
    public static RunWriter Start(string path, bool overwrite)
    {
        var target = OutputFolder.Resolve(path);
        if (IsInside(Directory.GetCurrentDirectory(), target))
        {
            throw new DmlException(null, "a folder for the run other than the current one and those above it, which cannot be renamed under the command", path, "name a new folder");
        }

        if (File.Exists(target)) throw new DmlException(null, $"a folder for the run at {path}", "a file", ChooseAnother);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            if (!File.Exists(new RunFolder(target).Facts)) throw new DmlException(null, "a new folder for the run", $"{path} with other files in it", ChooseAnother);
            if (!overwrite) throw new DmlException(null, "a new folder for the run", $"a run in {path}", $"give {Mention.Option("overwrite")} to replace it or {ChooseAnother}");
        }

        var partial = target + Partial;
        if (Directory.Exists(target + ".old")) throw new DmlException($"Expected no folder {path}.old, which a replaced run is moved to for a moment, found one; move it away.");
        return Guard(path, () =>
        {
            ClearAbandoned(path, partial, overwrite);
            Directory.CreateDirectory(partial);
            var marker = HoldMarker(partial);
            if (overwrite) marker.WriteByte(Replaces);
            marker.Flush(flushToDisk: true);
            return new RunWriter(target, new(partial), marker);
        });
    }

    /// <summary>Whether an unfinished run waits there whose config is this.</summary>
    /// <param name="path">Where the run shall be.</param>
    /// <param name="config">Text of its config.json.</param>
    public static bool IsUnfinished(string path, string config)
    {
        var partial = new RunFolder(OutputFolder.Resolve(path) + Partial);
        return File.Exists(Path.Combine(partial.Path, Marker)) && File.Exists(partial.Config) && InputFile.ReadText(partial.Config) == config;
    }

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

        if (!File.Exists(Path.Combine(partial, Marker)) || !File.Exists(new RunFolder(partial).Config))
        {
            throw new DmlException(null, $"an unfinished training in {partial}", "a folder without its config", $"{RunFolder.Maker(path)} starts anew");
        }

        return Guard(path, () =>
        {
            var marker = HoldMarker(partial);
            var taken = Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any();
            if (!taken || marker.ReadByte() == Replaces) return new RunWriter(target, new(partial), marker) { KeepUnfinished = true };
            marker.Dispose();
            throw new DmlException($"Expected {target} to be free for the run when it is finished, found other files there; move them away.");
        });
    }

    /// <summary>Puts the run in its place.</summary>
    public RunFolder Finish() => Guard(_target, () =>
    {
        var old = _target + ".old";
        var replaces = Directory.Exists(_target);
        if (replaces) Directory.Move(_target, old);
        try
        {
            Directory.Move(Folder.Path, _target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What was trained is worth more than a tidy folder, and so is the run that stood there.
            ReleaseMarker(Folder.Path);
            _finished = true;
            if (replaces) Directory.Move(old, _target);
            throw new DmlException($"Expected to rename the finished run {Folder.Path} to {_target}, but the system refused ({error.Message.TrimEnd('.')}); it stays where it is, rename it by hand.", error);
        }

        // Only now: killed before, the folder can still be told for ours and put in its place.
        _finished = true;
        ReleaseMarker(_target);
        FolderFlush.Flush(Path.GetDirectoryName(_target)!);
        if (replaces) Directory.Delete(old, recursive: true);
        return new RunFolder(_target);
    });

    /// <summary>Removes an unfinished run that is not to be kept.</summary>
    public void Dispose()
    {
        if (KeepUnfinished && !_finished)
        {
            // The mark stays: it says that the folder is ours.
            _marker?.Dispose();
            return;
        }

        ReleaseMarker(Folder.Path);
        if (!_finished && Directory.Exists(Folder.Path)) Directory.Delete(Folder.Path, recursive: true);
    }

    private static bool IsInside(string path, string folder) => path == folder || path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Removes what a killed training left, unless it can be gone on with; a folder without the marker belongs to somebody else.</summary>
    private static void ClearAbandoned(string path, string partial, bool overwrite)
    {
        if (!Directory.Exists(partial)) return;
        if (!File.Exists(Path.Combine(partial, Marker))) throw new DmlException(null, $"no folder {partial}, which a run is written to before it is renamed", "one that is not from here", $"move it away or {ChooseAnother}");
        HoldMarker(partial).Dispose();
        if (!overwrite && new RunFolder(partial).HasCheckpoint)
        {
            throw new DmlException(null, "a new folder for the run", $"an unfinished training at {path}", $"{Resumption(path)} goes on with it, {Mention.Option("overwrite")} starts anew");
        }

        Directory.Delete(partial, recursive: true);
    }

    /// <summary>Marks the folder as ours and keeps the mark open, so that a second training does not take it for abandoned.</summary>
    private static FileStream HoldMarker(string partial)
    {
        try
        {
            return new(Path.Combine(partial, Marker), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(Path.Combine(partial, Marker)))
        {
            throw new DmlException(null, $"{partial} to be free", "another training writing to it", $"wait for it or {ChooseAnother}", inner: error);
        }
    }

    private void ReleaseMarker(string folder)
    {
        if (_marker is null) return;
        _marker.Dispose();
        _marker = null;
        File.Delete(Path.Combine(folder, Marker));
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
