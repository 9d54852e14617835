namespace Dml.Engine.Features;

/// <summary>Puts the parts of a split together: ids that are each there once, image files as absolute paths.</summary>
internal static class SplitAssembly
{
    /// <summary>Makes a split.</summary>
    /// <param name="name">train or test, for ids where none are given.</param>
    /// <param name="parts">As files have them, queries before the gallery.</param>
    /// <param name="classes">Numbers the labels.</param>
    /// <param name="warnings">Gathers what the user should know.</param>
    /// <exception cref="DmlException">An id is there twice.</exception>
    public static FeatureSplit Split(string name, IReadOnlyList<RawSplit> parts, ClassNumbers classes, List<string> warnings)
    {
        var source = parts[0].Source;
        var files = Column(parts, (part, path) => path.Length == 0 ? "" : Path.GetFullPath(path, FolderOf(part.Source)), p => p.Paths);
        if (files?.Where(f => f.Length > 0 && !File.Exists(f)).ToList() is [var first, ..] missing)
        {
            warnings.Add($"{source}: {missing.Count} of {files.Count} image files of the {name} split are missing (first {first}); "
                + "reports show no pictures of them.");
        }

        return new(
            source, [.. parts.Select(p => p.Rows)], [.. parts.SelectMany(classes.Of)], Ids(name, parts), files,
            Column(parts, (_, group) => group, p => p.Groups));
    }

    /// <summary>Ids as given; else paths as given, where each is there once; else numbers.</summary>
    private static IReadOnlyList<string> Ids(string name, IReadOnlyList<RawSplit> parts)
    {
        var count = parts.Sum(p => p.Rows.Count);
        if (parts.All(p => p.Ids is not null))
        {
            IReadOnlyList<string> ids = [.. parts.SelectMany(p => p.Ids!)];
            return Twice(ids) is not { } twice ? ids : throw new DmlException(
                $"{parts[0].Source}: expected every id of the {name} split once, found \"{twice}\" twice; "
                    + "give each sample an id of its own, or leave ids out.");
        }

        IReadOnlyList<string> paths = parts.All(p => p.Paths is not null) ? [.. parts.SelectMany(p => p.Paths!)] : [];
        return paths.Count > 0 && Twice(paths) is null && !paths.Contains("") ? paths : [.. Enumerable.Range(0, count).Select(i => $"{name}/{i}")];
    }

    private static string? Twice(IReadOnlyList<string> ids)
    {
        var seen = new HashSet<string>(ids.Count, StringComparer.Ordinal);
        return ids.FirstOrDefault(id => !seen.Add(id));
    }

    /// <summary>A column of all parts, empty where a part has none; null where no part has it.</summary>
    private static IReadOnlyList<string>? Column(
        IReadOnlyList<RawSplit> parts, Func<RawSplit, string, string> make, Func<RawSplit, IReadOnlyList<string>?> column) =>
        parts.All(p => column(p) is null) ? null
            : [.. parts.SelectMany(p => (column(p) ?? [.. Enumerable.Repeat("", p.Rows.Count)]).Select(value => make(p, value)))];

    private static string FolderOf(string source) => Directory.Exists(source) ? Path.GetFullPath(source) : Path.GetDirectoryName(Path.GetFullPath(source))!;
}
