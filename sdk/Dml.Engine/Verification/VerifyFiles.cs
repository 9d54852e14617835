using System.Globalization;
using System.Text;
using System.Text.Json;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Verification;

/// <summary>Writes the files of a verification: verify.json and verify.csv.</summary>
internal static class VerifyFiles
{
    public const string Summary = "verify.json";
    public const string Table = "verify.csv";

    /// <summary>Writes both, which replace those before them together.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="record">What was measured.</param>
    /// <param name="origin">What it was computed from.</param>
    public static void Write(string folder, VerifyRecord record, Origin origin)
    {
        var table = new StringBuilder("estimator,target,spearman\n");
        foreach (var row in record.Estimators)
        {
            foreach (var (target, value) in record.Targets.Zip(row.ByTarget))
            {
                table.Append(CultureInfo.InvariantCulture, $"{Csv.Quote(row.Estimator)},{Csv.Quote(target)},{value:R}\n");
            }
        }

        using var set = new FileSet(folder);
        var written = record with { Origin = origin with { Files = new Dictionary<string, string> { [Table] = set.Add(Table, table.ToString()) } } };
        AtomicFile.WriteText(set.Add(Summary), JsonSerializer.Serialize(written, VerifyJson.Default.VerifyRecord) + "\n");
        set.Commit();
    }

    /// <summary>Reads verify.json; null where there is none.</summary>
    /// <param name="folder">Its folder.</param>
    public static VerifyRecord? TryRead(string folder) =>
        RunFile.TryRead(Path.Combine(folder, Summary), VerifyJson.Default.VerifyRecord, Mention.Operation("verify"));
}
