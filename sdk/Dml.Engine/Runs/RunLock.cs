using System.Globalization;
using System.Text.RegularExpressions;
using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>
/// Who may write into a folder: a run, or any folder that results go to. Held by every writing command from before its work to after its
/// last file; readers need none. Several processes that fill one folder on purpose share it.
/// </summary>
internal sealed partial class RunLock : IDisposable
{
    /// <summary>Name of the file, which is there only while somebody writes, or was killed while writing.</summary>
    public const string FileName = ".dml.lock";

    private const int MostShown = 300;
    private static readonly TimeSpan SharerPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly FileLock _file;
    private readonly IReadOnlyList<string> _made;

    private RunLock(FileLock file, string folder, IReadOnlyList<string> made) => (_file, _made, Folder) = (file, made, folder);

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; private set; }

    /// <summary>What the user must know: the file system has no locks. Null where it has.</summary>
    public string? Warning => _file.IsKnownToSystem ? null
        : $"The file system of {Folder} has no file locks, so nothing keeps a second command out of it; let one command write there at a time.";

    /// <summary>
    /// Takes the lock, without waiting. Its holder alone also tidies up: a replacement of results that was cut is completed, and
    /// temporary files of killed writers are removed.
    /// </summary>
    /// <param name="folder">The folder; made if it is missing, and removed again if it is empty in the end.</param>
    /// <param name="holder">What is done there, for others who want to: "`dml influence`".</param>
    /// <param name="shared">Others who share it may write there too, under names that do not collide; what is there is not replaced.</param>
    /// <exception cref="DmlException">Somebody else writes there, or the system refuses.</exception>
    public static RunLock Take(string folder, string holder, bool shared = false)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        try
        {
            return TryTake(full, holder, shared) ?? throw Taken(folder, full);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteRefusal.Of($"write to {folder}", error);
        }
    }

    /// <summary>Refuses where somebody writes to a folder just now.</summary>
    /// <param name="folder">The folder, which need not be there.</param>
    /// <param name="holder">Who asks.</param>
    public static void RequireFree(string folder, string holder)
    {
        if (Directory.Exists(folder)) Take(folder, holder).Dispose();
    }

    /// <summary>Who writes to a folder just now: a part of a sentence; null for nobody.</summary>
    /// <param name="folder">The folder.</param>
    public static string? Writer(string folder)
    {
        var path = Path.Combine(folder, FileName);
        List<string> there = [.. FileLock.Holders(path).Where(IsThere).Select(Clean)];
        return there.Count switch { 0 => null, 1 => there[0], _ => $"{there[0]} and {there.Count - 1} more" };
    }

    /// <summary>The folder was renamed, with the lock in it.</summary>
    /// <param name="folder">Where it is now, absolute.</param>
    public void MovedTo(string folder)
    {
        Folder = folder;
        _file.MovedTo(Path.Combine(folder, FileName));
    }

    /// <summary>Releases the lock, and removes the folder if it was made for nothing.</summary>
    public void Dispose()
    {
        _file.Dispose();
        foreach (var folder in _made) RemoveEmpty(folder);
    }

    /// <summary>Removes a folder unless something is in it.</summary>
    public static void RemoveEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Something is in it, or it is gone: both are as they should be.
        }
    }

    /// <summary>Removes all that is in a folder but the lock, which the caller holds.</summary>
    public static void Clear(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(e => e.Name != FileName))
        {
            if (entry is DirectoryInfo { LinkTarget: null } inner) inner.Delete(recursive: true);
            else entry.Delete();
        }
    }

    private static RunLock? TryTake(string folder, string holder, bool shared)
    {
        var path = Path.Combine(folder, FileName);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{holder} (process {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC)");
        for (var started = Environment.TickCount64; ;)
        {
            var made = Make(folder);
            try
            {
                // Who begins or ends to share it holds it alone for a moment.
                if (FileLock.TryTake(path, line, shared) is { } file) return Tidied(new(file, folder, made), alone: !shared);
                if (!shared || Environment.TickCount64 - started > SharerPatience.TotalMilliseconds) return null;
            }
            catch (DirectoryNotFoundException) when (Environment.TickCount64 - started <= SharerPatience.TotalMilliseconds)
            {
                // Its last user found it empty and removed it after we had made it.
            }

            Thread.Sleep(Pause);
        }
    }

    private static RunLock Tidied(RunLock held, bool alone)
    {
        try
        {
            if (!alone) return held;
            FileSet.Complete(held.Folder);
            AtomicFile.ClearTemporaries(held.Folder);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Makes a folder with those above it.</summary>
    /// <returns>The ones that were not there, innermost first.</returns>
    private static List<string> Make(string folder)
    {
        List<string> missing = [];
        for (string? at = folder; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) missing.Add(at);
        Directory.CreateDirectory(folder);
        return missing;
    }

    private static DmlException Taken(string folder, string full)
    {
        // Its holder may be about to write down who it is.
        var writer = Writer(full);
        for (var i = 0; i < 10 && writer is null; i++)
        {
            Thread.Sleep(Pause);
            writer = Writer(full);
        }

        return new($"Expected {folder} to be free, found {writer ?? "another command"} writing there; wait for it or choose another folder.");
    }

    /// <summary>A line of a process of this machine that has ended is what a kill left behind.</summary>
    private static bool IsThere(string line) =>
        Holder().Match(line) is not { Success: true } match || match.Groups[2].Value != Environment.MachineName
            || Directory.Exists($"/proc/{match.Groups[1].Value}");

    /// <summary>Whoever can write to the folder can write this line.</summary>
    private static string Clean(string line) => new([.. line.Where(c => !char.IsControl(c)).Take(MostShown)]);

    [GeneratedRegex(@"\(process (\d+) on (\S+), since ")]
    private static partial Regex Holder();
}
