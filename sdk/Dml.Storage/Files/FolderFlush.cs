using System.Runtime.InteropServices;

namespace Dml.Storage;

/// <summary>
/// Brings the names in a folder to the disk. What a file holds may be there long before the name that it was given by a rename, and a
/// power cut would bring the old name back.
/// </summary>
internal static class FolderFlush
{
    private const int ReadOnly = 0;

    /// <summary>EINVAL: some network file systems know no such operation on a folder, and there is nothing to wait for then.</summary>
    private const int NotKnown = 22;

    /// <summary>Returns when all renames in the folder are on the disk.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void Flush(string folder)
    {
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) throw Refused(folder);
        try
        {
            if (Synchronise(descriptor) != 0 && Marshal.GetLastPInvokeError() != NotKnown) throw Refused(folder);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Refused(string folder) => new($"{Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}: {folder}");

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronise(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
