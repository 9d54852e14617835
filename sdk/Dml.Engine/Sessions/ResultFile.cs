using System.Text.Json;
using System.Text.RegularExpressions;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Sessions;

/// <summary>Reads of a file of results what it came from, and no more.</summary>
internal static partial class ResultFile
{
    /// <summary>Of a JSON file; null in old ones.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">It is damaged.</exception>
    public static Origin? OriginOfJson(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(InputFile.ReadText(path));
            return json.RootElement.TryGetProperty("origin", out var origin) ? origin.Deserialize(RunJson.Default.Origin) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(error);
        }
    }

    /// <summary>Of a report; null in old ones.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">It is cut off, or the system refuses.</exception>
    public static Origin? OriginOfHtml(string path)
    {
        try
        {
            var text = InputFile.ReadText(path);
            if (!text.EndsWith("</html>\n", StringComparison.Ordinal)) throw new DmlException("cut off: it does not end as a report does");
            var inputs = Meta().Matches(text[..text.IndexOf("<body>", StringComparison.Ordinal)])
                .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value, StringComparer.Ordinal);
            return inputs.Count == 0 ? null : new(inputs);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Damaged(error);
        }
    }

    /// <summary>Refuses a file that is not one JSON object a line.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">A line is damaged.</exception>
    public static void RequireJsonLines(string path)
    {
        var number = 0;
        try
        {
            foreach (var line in InputFile.ReadLines(path))
            {
                number++;
                JsonDocument.Parse(line).Dispose();
            }
        }
        catch (JsonException error)
        {
            throw new DmlException($"line {number} is no JSON ({error.Message.Split('.')[0]})", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Damaged(error);
        }
    }

    private static DmlException Damaged(Exception error) => new($"damaged or cut off ({error.Message.Split('.')[0]})", error);

    [GeneratedRegex($"<meta name=\"{Origin.HtmlName}([^\"]+)\" content=\"([^\"]+)\"/>")]
    private static partial Regex Meta();
}
