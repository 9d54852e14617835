using System.Globalization;
using System.Text;
using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Storage;

namespace Dml.Engine.Fixing;

/// <summary>
/// Kept changes as the files that a config's <c>relabels</c> and <c>excludes</c> take. Where the run was trained with such files already, theirs go on to
/// hold: a training with the new ones begins at the dataset's own labels again.
/// </summary>
internal static class FixFiles
{
    public const string Relabels = "relabels.csv";
    public const string Excludes = "excludes.csv";

    /// <summary>Columns id, old_class, new_class and the evidence.</summary>
    /// <param name="run">The run that the changes are of, or null.</param>
    /// <param name="kept">The changes.</param>
    public static string RelabelsCsv(RunFolder? run, IReadOnlyList<DataChange> kept)
    {
        var before = Before(run, HostSections.Relabels);
        var changed = kept.Where(c => c.NewName is not null).ToDictionary(c => c.Id, StringComparer.Ordinal);
        var text = new StringBuilder($"{Data.Relabels.Id},{Data.Relabels.OldClass},{Data.Relabels.NewClass},vote,harm\n");
        foreach (var change in changed.Values)
        {
            var old = before.FirstOrDefault(row => row[Data.Relabels.Id] == change.Id)?[Data.Relabels.OldClass] ?? change.ClassName;
            if (old != change.NewName) Add(text, change.Id, old, change.NewName!, Number(change.Vote), Number(change.Harm));
        }

        foreach (var row in before.Where(row => !changed.ContainsKey(row[Data.Relabels.Id])))
        {
            Add(text, row[Data.Relabels.Id], row[Data.Relabels.OldClass], row[Data.Relabels.NewClass], "", "");
        }

        return text.ToString();
    }

    /// <summary>Columns id, class and the evidence.</summary>
    /// <param name="run">The run that the changes are of, or null.</param>
    /// <param name="kept">The changes.</param>
    public static string ExcludesCsv(RunFolder? run, IReadOnlyList<DataChange> kept)
    {
        var text = new StringBuilder($"{Data.Relabels.Id},class,vote,harm\n");
        foreach (var change in kept.Where(c => c.NewName is null)) Add(text, change.Id, change.ClassName, Number(change.Vote), Number(change.Harm));
        foreach (var row in Before(run, HostSections.Excludes)) Add(text, row[Data.Relabels.Id], row.GetValueOrDefault("class", ""), "", "");
        return text.ToString();
    }

    /// <summary>Writes both into a folder, which replace those before them together.</summary>
    /// <param name="folder">The folder; made if it is missing.</param>
    /// <param name="run">The run that the changes are of, or null.</param>
    /// <param name="kept">The changes.</param>
    public static void Write(string folder, RunFolder? run, IReadOnlyList<DataChange> kept)
    {
        using var set = new FileSet(folder);
        set.Add(Relabels, RelabelsCsv(run, kept));
        set.Add(Excludes, ExcludesCsv(run, kept));
        set.Commit();
    }

    /// <summary>Rows by column of the file that the run was trained with; none where there is none.</summary>
    private static List<Dictionary<string, string>> Before(RunFolder? run, string section)
    {
        if (run is null) return [];
        var config = ConfigFile.Load(run.Config);
        if (config[section]?.Text is not { Length: > 0 } file) return [];
        var rows = Csv.Parse(InputFile.ReadText(Path.GetFullPath(file, config[HostSections.BaseFolder]?.Text ?? run.Path)));
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(x => x.First, x => Csv.Text(x.Second), StringComparer.Ordinal))];
    }

    private static void Add(StringBuilder text, params IEnumerable<string> fields) => text.AppendJoin(',', fields.Select(Csv.Quote)).Append('\n');

    private static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("G6", CultureInfo.InvariantCulture);
}
