using Dml.Storage;

namespace Dml.Engine.Data;

/// <summary>
/// Corrected labels of training samples, from a CSV file with the columns <c>id</c>, <c>old_class</c> and <c>new_class</c>; others are evidence for people.
/// </summary>
internal static class Relabels
{
    public const string Id = "id";
    public const string OldClass = "old_class";
    public const string NewClass = "new_class";

    /// <summary>Applies a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ids">(N) ids of the training samples.</param>
    /// <param name="labels">(N) labels; changed in place.</param>
    /// <param name="classNames">All classes, training classes first.</param>
    /// <param name="classCount">C.</param>
    /// <returns>How many labels were changed.</returns>
    /// <exception cref="DmlException">The file cannot be read, or a row does not fit the samples.</exception>
    public static int Apply(string path, IReadOnlyList<string> ids, int[] labels, IReadOnlyList<string> classNames, int classCount)
    {
        var rows = Read(path);
        var columns = new[] { Id, OldClass, NewClass }.Select(name => (Name: name, Index: rows.Count == 0 ? -1 : rows[0].ToList().IndexOf(name))).ToList();
        if (columns.Any(c => c.Index < 0))
        {
            throw new DmlException(
                null, $"the columns {Id}, {OldClass} and {NewClass}", rows.Count == 0 ? "nothing" : string.Join(", ", rows[0]),
                $"{Mention.Operation("fix")} writes such a file", $"{path}:1");
        }

        var sampleOfId = ids.Index().ToDictionary(x => x.Item, x => x.Index, StringComparer.Ordinal);
        var classOfName = classNames.Take(classCount).Index().ToDictionary(x => x.Item, x => x.Index, StringComparer.Ordinal);
        var seen = new HashSet<int>();
        foreach (var (index, row) in rows.Index().Skip(1))
        {
            var place = $"{path}:{index + 1}";
            if (row.Length != rows[0].Length)
            {
                throw new DmlException($"{place}: expected {rows[0].Length} fields as in the first line, found {row.Length}; correct the line.");
            }

            var (id, from, to) = (Csv.Text(row[columns[0].Index]), Csv.Text(row[columns[1].Index]), Csv.Text(row[columns[2].Index]));
            if (!sampleOfId.TryGetValue(id, out var sample))
            {
                throw new DmlException($"{place}: expected the id of a training sample, found \"{id}\", which the dataset does not have; "
                    + "leave the line out, or give the dataset that the file was made for.");
            }

            if (!classOfName.TryGetValue(to, out var label))
            {
                throw new DmlException($"{place}: expected one of the {classCount} training classes as {NewClass}, found \"{to}\"; correct it.");
            }

            if (classNames[labels[sample]] != from)
            {
                throw new DmlException($"{place}: expected \"{id}\" to have the class \"{from}\", found \"{classNames[labels[sample]]}\"; "
                    + "the file was made for other labels, such as those of another noise or seed.");
            }

            if (!seen.Add(sample)) throw new DmlException($"{place}: expected every sample once, found \"{id}\" twice; leave one of the lines out.");
            labels[sample] = label;
        }

        return seen.Count;
    }

    private static IReadOnlyList<string[]> Read(string path)
    {
        try
        {
            return Csv.Parse(TableFile.ReadText(path, "a table"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"relabels: expected a CSV file at {path}, but it cannot be read ({error.Message.TrimEnd('.')}); correct the path.", error);
        }
    }
}
