using System.Text.Json;
using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>log.jsonl: one JSON object a line with the time and what happened. Appended to by later commands on the same run.</summary>
internal static class RunLog
{
    /// <summary>Adds a line.</summary>
    /// <param name="run">The run.</param>
    /// <param name="happened">Kind of event: "epoch", "influence".</param>
    /// <param name="write">Writes further members.</param>
    public static void Add(RunFolder run, string happened, Action<Utf8JsonWriter>? write = null)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("time", DateTimeOffset.UtcNow);
            json.WriteString("event", happened);
            write?.Invoke(json);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        try
        {
            InputFile.RequireRegular(run.Log);
            using var file = new FileStream(run.Log, FileMode.Append, FileAccess.Write, FileShare.Read);
            line.WriteTo(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteRefusal.Of($"append to {run.Log}", error);
        }
    }
}
