using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Dml.Storage;

/// <summary>
/// Writes files that are complete or absent: into a temporary neighbour first, then renamed over the target. The neighbour's name is of
/// this process and this write alone (<c>NAME.PROCESS-RANDOM.partial</c>), so two writers never touch each other's.
/// </summary>
public static partial class AtomicFile
{
    private const int AlreadyThere = 17;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The target; its folder is made if it is missing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="DmlException">The disk is full, read-only or not there.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, overwrite: true);

    /// <summary>Writes a text as UTF-8 without a byte-order mark.</summary>
    /// <param name="path">The target.</param>
    /// <param name="text">The content.</param>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file unless there is one.</summary>
    /// <param name="path">The target.</param>
    /// <param name="write">Writes the content.</param>
    /// <returns>Whether it was written: of several writers at once, one gets true.</returns>
    internal static bool TryCreate(string path, Action<Stream> write) => Write(path, write, overwrite: false);

    /// <summary>Removes a file; nothing happens where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">The system refuses.</exception>
    public static void Remove(string path)
    {
        try
        {
            if (File.Exists(path)) File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteRefusal.Of($"replace {path}", error);
        }
    }

    /// <summary>A name beside the target that no other write uses.</summary>
    internal static string TemporaryName(string path) =>
        $"{path}.{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";

    /// <summary>The name that a temporary file was to get; null for any other file.</summary>
    /// <param name="name">A file name without folders.</param>
    internal static string? TargetOf(string name) => Temporary().Match(name) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>
    /// Removes what killed writers left in a folder. Only for who knows that nobody writes there now; what else is there stays.
    /// </summary>
    /// <param name="folder">An existing folder; the ones below it are not looked into.</param>
    internal static void ClearTemporaries(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.partial"))
        {
            if (TargetOf(Path.GetFileName(file)) is not null) Discard(file);
        }
    }

    internal static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one worth telling; on a read-only disk there is nothing to delete.
        }
    }

    private static bool Write(string path, Action<Stream> write, bool overwrite)
    {
        ArgumentNullException.ThrowIfNull(write);
        var temporary = TemporaryName(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            if (!overwrite) return Link(temporary, path);
            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception error)
        {
            Discard(temporary);
            if (error is not (IOException or UnauthorizedAccessException)) throw;
            throw WriteRefusal.Of($"write {path}", error);
        }
    }

    /// <summary>Gives a file its name unless there is one of that name. A rename would ask first and then do it, and two could do it.</summary>
    private static bool Link(string temporary, string path)
    {
        if (HardLink(temporary, path) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != AlreadyThere && !File.Exists(path))
            {
                // File systems without hard links: two that begin in the same instant are not told apart there.
                File.Move(temporary, path);
                return true;
            }

            Discard(temporary);
            return false;
        }

        Discard(temporary);
        return true;
    }

    [DllImport("libc", EntryPoint = "link", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int HardLink(string existing, string added);

    [GeneratedRegex(@"^(.+)\.\d+-[0-9a-f]{8}\.partial\z")]
    private static partial Regex Temporary();
}
