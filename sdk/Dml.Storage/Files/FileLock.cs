using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Dml.Storage;

/// <summary>
/// A lock that is a file held open: the system releases it when the process ends, however it ends, so a file that was left behind locks
/// nothing. It holds one line a holder, for who finds it taken. The last holder removes the file.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int DoNotWait = 4;
    private const int WouldBlock = 11;
    private const int NoSuchFile = 2;
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int ForAll = 0b110_110_110;
    private const int MostRead = 1 << 14;

    private readonly SafeFileHandle _file;
    private string _path;

    private FileLock(SafeFileHandle file, string path, bool isKnown) => (_file, _path, IsKnownToSystem) = (file, path, isKnown);

    /// <summary>False where the file system has no locks, so that this one keeps nobody out.</summary>
    public bool IsKnownToSystem { get; }

    /// <summary>Takes the lock, without waiting.</summary>
    /// <param name="path">The file, in an existing folder.</param>
    /// <param name="holder">One line about the holder.</param>
    /// <param name="shared">Others may share it.</param>
    /// <returns>Null where it is taken.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder is gone.</exception>
    /// <exception cref="IOException">The system refuses.</exception>
    public static FileLock? TryTake(string path, string holder, bool shared)
    {
        while (true)
        {
            var file = Open(path);
            try
            {
                // Alone, even to share: who comes first tidies up the lines of those who were killed.
                var (alone, error) = Lock(file, Exclusive);
                var taken = alone;
                if (!alone && error == WouldBlock && shared) (taken, error) = Lock(file, Shared);
                var known = taken || error == WouldBlock;
                if (known && !taken) return Refused(file);

                // The holder before may have removed the file between our opening and our locking it: then we hold a file without a name.
                if (known && FileIdentity.Of(file) is { } mine && !mine.IsFileOf(FileIdentity.Of(path)))
                {
                    file.Dispose();
                    continue;
                }

                if (alone || !known) RandomAccess.SetLength(file, 0);
                RandomAccess.Write(file, Encoding.UTF8.GetBytes(holder + "\n"), RandomAccess.GetLength(file));
                if (alone && shared && !Lock(file, Shared).Taken) return Refused(file);
                return new(file, path, known);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }

    /// <summary>The lines of the holders, some of whom may be gone.</summary>
    /// <param name="path">The file.</param>
    public static IReadOnlyList<string> Holders(string path)
    {
        try
        {
            // Not by FileStream, which would ask for a lock of its own.
            using var file = Open(path, create: false);
            var bytes = new byte[Math.Min(MostRead, RandomAccess.GetLength(file))];
            var count = RandomAccess.Read(file, bytes, 0);
            return Encoding.UTF8.GetString(bytes, 0, count).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The folder of the file was renamed.</summary>
    /// <param name="path">The file's path now.</param>
    public void MovedTo(string path) => _path = path;

    /// <summary>Releases it.</summary>
    public void Dispose()
    {
        // Removed while it is held, and only by its last holder: who opened it meanwhile sees that its name is gone, and opens it anew.
        if (!_file.IsClosed && Lock(_file, Exclusive).Taken && FileIdentity.Of(_file) is { } mine && mine.IsFileOf(FileIdentity.Of(_path)))
        {
            AtomicFile.Discard(_path);
        }

        _file.Dispose();
    }

    private static FileLock? Refused(SafeFileHandle file)
    {
        file.Dispose();
        return null;
    }

    private static (bool Taken, int Error) Lock(SafeFileHandle file, int kind) =>
        Flock(file, kind | DoNotWait) == 0 ? (true, 0) : (false, Marshal.GetLastPInvokeError());

    private static SafeFileHandle Open(string path, bool create = true)
    {
        var descriptor = Open(path, ReadWrite | CloseOnExec | (create ? Create : 0), ForAll);
        if (descriptor >= 0) return new(descriptor, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        var message = $"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'";
        throw error == NoSuchFile ? new DirectoryNotFoundException(message) : new IOException(message, error);
    }

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(string path, int flags, int mode);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flock(SafeFileHandle file, int operation);
}
