using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>Reads and writes the JSON files of a run.</summary>
internal static class RunFile
{
    private const int MostAttempts = 40;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(50);

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">Its form.</param>
    /// <param name="remedy">The command that writes it anew.</param>
    /// <exception cref="DmlException">It is missing, unreadable or damaged.</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type, Wording remedy) where T : class
    {
        try
        {
            // As text, the list of a million samples would be hundreds of megabytes more.
            ReadOnlySpan<byte> json = InputFile.ReadBytes(path);
            return JsonSerializer.Deserialize(json.StartsWith(ByteOrderMark) ? json[ByteOrderMark.Length..] : json, type)
                ?? throw new JsonException("the file holds null");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new DmlException(
                $"Expected a file of the run at {path}, but it cannot be read ({error.Message.Split('.')[0]}); {remedy} writes it again.", error);
        }
    }

    /// <summary>Reads a file; null where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">Its form.</param>
    /// <param name="remedy">The command that writes it anew.</param>
    public static T? TryRead<T>(string path, JsonTypeInfo<T> type, Wording remedy) where T : class => File.Exists(path) ? Read(path, type, remedy) : null;

    /// <summary>
    /// Reads files that belong together without a lock: what does not fit while a command replaces them is read once more when it has.
    /// </summary>
    /// <param name="folder">Their folder.</param>
    /// <param name="read">Reads them, and refuses what does not belong together.</param>
    public static T ReadSet<T>(string folder, Func<T> read)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return read();
            }
            catch (DmlException) when (attempt == 0 || (attempt < MostAttempts && File.Exists(Path.Combine(folder, FileSet.ListName))))
            {
                Thread.Sleep(BetweenAttempts);
            }
        }
    }

    /// <summary>Writes a file, complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="value">Its content.</param>
    /// <param name="type">Its form.</param>
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type) => AtomicFile.Write(path, stream =>
    {
        // As text, the list of a million samples would be hundreds of megabytes twice over.
        JsonSerializer.Serialize(stream, value, type);
        stream.Write("\n"u8);
    });
}
