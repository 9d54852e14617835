namespace Dml.Storage;

/// <summary>Writes files that are complete or absent: into a temporary neighbour first, then renamed over the target.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The target; its folder is made if it is missing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="DmlException">The disk is full, read-only or not there.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var temporary = path + ".partial";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error)
        {
            Discard(temporary);
            if (error is not (IOException or UnauthorizedAccessException)) throw;
            throw new DmlException($"Expected to write {path}, but the system refused ({error.Message.TrimEnd('.')}); free space there or choose another folder with --out.", error);
        }
    }

    /// <summary>Writes a text as UTF-8 without a byte-order mark.</summary>
    /// <param name="path">The target.</param>
    /// <param name="text">The content.</param>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

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
            throw new DmlException($"Expected to replace {path}, but the system refused ({error.Message.TrimEnd('.')}); choose another folder with --out.", error);
        }
    }

    private static void Discard(string path)
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
}
