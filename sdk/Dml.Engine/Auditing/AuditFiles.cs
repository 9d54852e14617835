using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Auditing;

/// <summary>audit.json.</summary>
/// <param name="Sections">A section a check.</param>
internal sealed record AuditRecord(IReadOnlyList<AuditSection> Sections)
{
    /// <summary>What this was computed from.</summary>
    public Origin? Origin { get; init; }
}

/// <summary>Its JSON form.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class AuditJson : JsonSerializerContext;

/// <summary>The files of an audit: audit.json, and audit.csv with one row a finding.</summary>
internal static class AuditFiles
{
    public const string Summary = "audit.json";
    public const string Table = "audit.csv";

    private const string Separator = "; ";

    /// <summary>Writes both, which replace those before them together.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="result">What was found.</param>
    /// <param name="origin">What it was computed from.</param>
    public static void Write(string folder, AuditResult result, Origin origin)
    {
        using var set = new FileSet(folder);
        var files = new Dictionary<string, string> { [Table] = set.Add(Table, ToCsv(result)) };
        RunFile.Write(set.Add(Summary), new AuditRecord(result.Sections) { Origin = origin with { Files = files } }, AuditJson.Default.AuditRecord);
        set.Commit();
    }

    /// <summary>Reads audit.json; null where there is none.</summary>
    /// <param name="folder">Its folder.</param>
    public static AuditRecord? TryRead(string folder) =>
        RunFile.TryRead(Path.Combine(folder, Summary), AuditJson.Default.AuditRecord, Mention.Operation("audit"));

    /// <summary>One row a finding; lists within a field are separated by "; ".</summary>
    public static string ToCsv(AuditResult result)
    {
        var text = new StringBuilder("check,kind,value,split,ids,classes,suggestion,confidence,evidence,files,scores,reason\n");
        foreach (var finding in result.Findings)
        {
            string[] fields =
            [
                finding.Check, finding.Kind, Number(finding.Value),
                List(finding.Items.Select(i => i.Split == Split.Training ? "training" : "test").Distinct()), List(finding.Items.Select(i => i.Id)),
                List(finding.Classes), finding.Suggestion ?? "", finding.Confidence is { } sure ? Number(sure) : "", List(finding.Evidence.Select(i => i.Id)),
                List(finding.Items.Select(i => i.File ?? "").Where(f => f.Length > 0)), List(finding.Scores.Select(s => $"{s.Key} {Number(s.Value)}")),
                finding.Reason,
            ];
            text.AppendJoin(',', fields.Select(Csv.Quote)).Append('\n');
        }

        return text.ToString();
    }

    private static string List(IEnumerable<string> parts) => string.Join(Separator, parts);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
