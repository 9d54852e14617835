using Dml.Configuration;
using Dml.Storage;

namespace Dml.Plugins;

/// <summary>Where the columns of the table are, found by their names in its first line, in upper or lower case.</summary>
internal sealed class ImageColumns
{
    private static readonly char[] OtherDelimiters = [',', ';', '\t', '|'];

    private readonly string _file;
    private readonly CsvRow _header;
    private readonly char _delimiter;
    private readonly IReadOnlyList<string> _named;

    /// <summary>Finds the columns.</summary>
    /// <param name="file">The table, for messages.</param>
    /// <param name="header">Its first line.</param>
    /// <param name="options">The names.</param>
    /// <exception cref="DmlException">A column is missing or stands twice.</exception>
    public ImageColumns(string file, CsvRow header, CsvOptions options)
    {
        (_file, _header, _delimiter) = (file, header, options.Delimiter[0]);
        _named =
        [
            options.PathColumn, options.LabelColumn, options.SplitColumn, options.RoleColumn, options.GroupColumn, .. options.BoxColumns,
        ];
        Path = Required("pathColumn", options.PathColumn);
        Label = Required("labelColumn", options.LabelColumn);
        Split = Required("splitColumn", options.SplitColumn);
        Role = Find("roleColumn", options.RoleColumn);
        Group = Find("groupColumn", options.GroupColumn);
        Box = FindBox(options.BoxColumns);
    }

    /// <summary>Place of the paths.</summary>
    public int Path { get; }

    /// <summary>Place of the labels.</summary>
    public int Label { get; }

    /// <summary>Place of the splits.</summary>
    public int Split { get; }

    /// <summary>Place of the roles, or null.</summary>
    public int? Role { get; }

    /// <summary>Place of the groups, or null.</summary>
    public int? Group { get; }

    /// <summary>Places of left, top, right and bottom, or null.</summary>
    public int[]? Box { get; }

    /// <summary>Number of columns.</summary>
    public int Count => _header.Fields.Count;

    private int[]? FindBox(IReadOnlyList<string> names)
    {
        if (names.Count != 4)
        {
            throw new DmlException($"dataset.boxColumns: expected four names (left, top, right, bottom), found {names.Count}; correct the list.");
        }

        int?[] places = [.. names.Select(name => Find("boxColumns", name))];
        if (places.All(place => place is null)) return null;
        var missing = places.ToList().FindIndex(place => place is null);
        return missing < 0 ? [.. places.Select(place => place!.Value)] : throw Missing("boxColumns", names[missing], ", since others of the box are there");
    }

    private int Required(string option, string name) => Find(option, name) ?? throw Missing(option, name, "");

    private DmlException Missing(string option, string name, string why)
    {
        string[] others = [.. _header.Fields.Where(f => !_named.Contains(f.Trim(), StringComparer.OrdinalIgnoreCase))];
        var hint = _header.Fields.Count == 1 && OtherDelimiters.FirstOrDefault(c => c != _delimiter && _header.Fields[0].Contains(c)) is var other and not '\0'
            ? $"the names stand apart by \"{(other == '\t' ? "\\t" : other)}\", so set dataset.delimiter to it"
            : NearestName.Find(name, others) is { } nearest ? $"did you mean \"{nearest.Trim()}\"? Set dataset.{option} to the name that it has"
            : $"set dataset.{option} to the name that it has";
        var names = string.Join(", ", _header.Fields.Select(f => $"\"{f.Trim()}\""));
        return new($"{_file}:{_header.Line}: expected a column \"{name}\"{why}, found {names}; {hint}.");
    }

    private int? Find(string option, string name)
    {
        int[] places = [.. _header.Fields.Index().Where(f => f.Item.Trim().Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Index)];
        return places.Length switch
        {
            0 => null,
            1 => places[0],
            _ => throw new DmlException(
                $"{_file}:{_header.Line}: expected one column \"{name}\" (dataset.{option}), found it {places.Length} times; rename the others."),
        };
    }
}
