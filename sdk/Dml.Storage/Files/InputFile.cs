using Microsoft.Win32.SafeHandles;

namespace Dml.Storage;

/// <summary>
/// Opens files that a user named. Only regular files are read, directly or through links: a named pipe would wait for a writer for
/// ever, a device such as /dev/zero has no end. What is refused is an <see cref="IOException"/> whose message completes the sentence
/// "cannot be read, for ...", so that callers treat it as any refusal of the system.
/// </summary>
public static class InputFile
{
    /// <summary>Returns where the path leads to a regular file or to nothing.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="IOException">It is a folder, a named pipe, a socket or a device.</exception>
    public static void RequireRegular(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (FileKind.OtherThanFile(path) is { } kind) throw new IOException($"it is {kind} and no regular file");
    }

    /// <summary>Opens a file for reads at any place.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It is missing, no regular file, or the system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle Open(string path)
    {
        RequireRegular(path);
        return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Opens a file with the system's lock on it: beside other readers to read it, alone to read and write it, in which case it is made.</summary>
    /// <param name="path">The file.</param>
    /// <param name="writes">Whether it is written too.</param>
    /// <exception cref="IOException">Somebody else holds it, or as <see cref="Open"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened so.</exception>
    internal static SafeFileHandle OpenLocked(string path, bool writes)
    {
        RequireRegular(path);
        return writes ? File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    /// <summary>Opens a file for reading in order.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">As <see cref="Open"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream OpenRead(string path)
    {
        RequireRegular(path);
        return File.OpenRead(path);
    }

    /// <summary>Reads a file into memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes that it may have, checked before memory is taken; null for as many as an array holds.</param>
    /// <exception cref="IOException">It is larger, or as <see cref="Open"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadBytes(string path, long? most = null)
    {
        using var stream = OpenRead(path);
        var limit = Math.Min(most ?? Array.MaxLength, Array.MaxLength);
        if (stream.Length > limit) throw new IOException($"it has {stream.Length} bytes, more than the {limit} that are read of such a file");
        using var content = new MemoryStream((int)stream.Length);
        stream.CopyTo(content);
        return content.TryGetBuffer(out var bytes) && bytes.Count == bytes.Array!.Length ? bytes.Array : content.ToArray();
    }

    /// <summary>Reads a text, UTF-8 unless its first bytes say otherwise.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">As <see cref="Open"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string ReadText(string path)
    {
        RequireRegular(path);
        return File.ReadAllText(path);
    }

    /// <summary>Reads a text line by line.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">As <see cref="Open"/>; thrown at once, not when the first line is read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        RequireRegular(path);
        return File.ReadLines(path);
    }
}
