using System.Runtime.InteropServices;
using Dml.Numerics;
using Dml.Storage;

namespace Dml.Explorer.Views;

/// <summary>Neighbours that were searched once, in the cache folder: a hundred thousand items take a minute to search and a moment to read.</summary>
/// <param name="folder">The cache folder.</param>
/// <param name="hash">Hash of the features that they are of.</param>
internal sealed class NeighbourFile(string folder, string hash)
{
    private const long Mark = 0x31_48_47_4e_4c_4d_44; // "DMLNGH1"
    private const int HeaderBytes = 24;

    private string FilePath => Path.Combine(folder, "neighbours", $"{hash.Replace(':', '-')}.bin");

    /// <summary>Reads them; null where they are not there or not of this form.</summary>
    /// <param name="k">Neighbours of an item.</param>
    /// <param name="count">Items.</param>
    public Neighbours? TryRead(int k, int count)
    {
        try
        {
            if (!File.Exists(FilePath) || InputFile.ReadBytes(FilePath) is not { } bytes) return null;
            var header = MemoryMarshal.Cast<byte, long>(bytes.AsSpan(0, Math.Min(bytes.Length, HeaderBytes)));
            var cells = (long)k * count;
            if (header.Length < 3 || header[0] != Mark || header[1] != k || header[2] != count) return null;
            if (bytes.Length != HeaderBytes + (cells * (sizeof(int) + sizeof(double)))) return null;
            var distances = MemoryMarshal.Cast<byte, double>(bytes.AsSpan(HeaderBytes, (int)cells * sizeof(double))).ToArray();
            var indices = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(HeaderBytes + ((int)cells * sizeof(double)))).ToArray();
            return Array.TrueForAll(indices, i => i >= 0 && i < count) ? new(k, indices, distances) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps them; where the folder cannot be written to they are searched again the next time.</summary>
    /// <param name="found">The neighbours.</param>
    public void Write(Neighbours found)
    {
        try
        {
            AtomicFile.Write(FilePath, stream =>
            {
                stream.Write(MemoryMarshal.AsBytes<long>([Mark, found.K, found.Indices.Count / found.K]));
                stream.Write(MemoryMarshal.AsBytes<double>([.. found.Distances]));
                stream.Write(MemoryMarshal.AsBytes<int>([.. found.Indices]));
            });
        }
        catch (DmlException)
        {
            // A cache that cannot be written to costs time and nothing else.
        }
    }
}
