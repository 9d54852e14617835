using Dml.Storage;

namespace Dml.Engine.Data;

/// <summary>Training samples that are left out, from a CSV file with the column <c>id</c>; others are evidence for people.</summary>
internal static class Excludes
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ids">(N) ids of the training samples.</param>
    /// <returns>Indices of the samples that are left out.</returns>
    /// <exception cref="DmlException">The file cannot be read, names a sample that there is not, or leaves none.</exception>
    public static IReadOnlySet<int> Read(string path, IReadOnlyList<string> ids)
    {
        var rows = Rows(path);
        var column = rows.Count == 0 ? -1 : rows[0].ToList().IndexOf(Relabels.Id);
        if (column < 0)
        {
            throw new DmlException(
                null, $"the column {Relabels.Id}", rows.Count == 0 ? "nothing" : string.Join(", ", rows[0]), $"{Mention.Operation("fix")} writes such a file",
                $"{path}:1");
        }

        var sampleOfId = ids.Index().ToDictionary(x => x.Item, x => x.Index, StringComparer.Ordinal);
        var excluded = new HashSet<int>();
        foreach (var (index, row) in rows.Index().Skip(1))
        {
            var id = row.Length > column ? Csv.Text(row[column]) : "";
            if (!sampleOfId.TryGetValue(id, out var sample))
            {
                throw new DmlException($"{path}:{index + 1}: expected the id of a training sample, found \"{id}\", which the dataset does not have; "
                    + "leave the line out, or give the dataset that the file was made for.");
            }

            excluded.Add(sample);
        }

        return excluded.Count < ids.Count ? excluded
            : throw new DmlException($"{path}: expected at least one training sample to be left, found all {ids.Count} excluded; leave lines out.");
    }

    private static IReadOnlyList<string[]> Rows(string path)
    {
        try
        {
            return Csv.Parse(TableFile.ReadText(path, "a table"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"excludes: expected a CSV file at {path}, but it cannot be read ({error.Message.TrimEnd('.')}); correct the path.", error);
        }
    }
}
