using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Dml.Storage;

/// <summary>
/// SHA-256 of a file's content, as sha256sum prints it. A file above <see cref="WholeUpTo"/> is not read for it a second time: of its
/// length and of pieces all over it a hash is formed instead, with <c>sampled:</c> before it, which a change of a few bytes can escape.
/// </summary>
internal static class FileHash
{
    /// <summary>Largest file that is read as a whole: two to four seconds.</summary>
    public const long WholeUpTo = 4L << 30;

    private const int Pieces = 4096;
    private const int PieceBytes = 4096;
    private const int BufferBytes = 1 << 20;
    private const string Sampled = "sampled:";

    private static readonly ConcurrentDictionary<string, (FileIdentity Identity, string Hash)> Known = new(StringComparer.Ordinal);

    /// <summary>The hash, remembered in this process for as long as the file is not touched.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">It is missing, or cannot be read.</exception>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var identity = FileIdentity.Of(full);
        if (identity is { } found && Known.TryGetValue(full, out var known) && known.Identity == found) return known.Hash;
        var hash = Compute(full, WholeUpTo);

        // A file that is changed while it is read gets the hash of no state of it; it is only not remembered.
        if (identity is { } before && FileIdentity.Of(full) == before) Known[full] = (before, hash);
        return hash;
    }

    /// <summary>The hash; null where there is no such file, or something that is no file of bytes.</summary>
    /// <param name="path">The file.</param>
    public static string? TryOf(string path) => File.Exists(path) && FileKind.OtherThanFile(path) is null ? Of(path) : null;

    /// <summary>Computes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wholeUpTo">Largest length that is read as a whole.</param>
    public static string Compute(string path, long wholeUpTo)
    {
        try
        {
            using var file = InputFile.OpenRead(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            if (file.Length > wholeUpTo) return Sampled + Sample(file, hash);
            var buffer = new byte[(int)Math.Clamp(file.Length, 1, BufferBytes)];
            for (int count; (count = file.Read(buffer)) > 0;) hash.AppendData(buffer.AsSpan(0, count));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected to read {path}, but the system refused ({error.Message.TrimEnd('.')}); check the path and its permissions.", error);
        }
    }

    private static string Sample(FileStream file, IncrementalHash hash)
    {
        var piece = new byte[PieceBytes];
        hash.AppendData(BitConverter.GetBytes(file.Length));
        for (var i = 0; i <= Pieces; i++)
        {
            file.Position = Math.Max(0, file.Length - PieceBytes) * i / Pieces;
            hash.AppendData(piece.AsSpan(0, file.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
