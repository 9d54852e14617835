using System.Globalization;

namespace Dml.Storage;

/// <summary>Counts what a reader of folders left out, so that one line can say so.</summary>
public sealed class LeftOut
{
    /// <summary>Kinds that a line names; a folder of anything at all has hundreds.</summary>
    private const int MostKinds = 12;

    private const string ForkPrefix = "._";

    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Whether nothing was left out.</summary>
    public bool IsEmpty => _counts.Count == 0;

    /// <summary>Counts a file or folder.</summary>
    /// <param name="name">Its name without the folders above.</param>
    /// <param name="isFolder">Whether it is a folder, which counts as one whatever it holds.</param>
    public void Add(string name, bool isFolder) => Add(isFolder ? $"{name}/" : Kind(name), 1);

    /// <summary>Counts things of a kind of their own.</summary>
    /// <param name="kind">What they are, such as "images in no class folder".</param>
    /// <param name="count">How many.</param>
    public void Add(string kind, int count) => _counts[kind] = _counts.GetValueOrDefault(kind) + count;

    /// <summary>Counts what another folder left out.</summary>
    /// <param name="other">Its counts.</param>
    public void Add(LeftOut other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var (kind, count) in other._counts) Add(kind, count);
    }

    /// <summary>The line as warnings of a dataset: one sentence, or none where nothing was left out.</summary>
    /// <param name="root">The folder that all lies below.</param>
    public IReadOnlyList<string> Warnings(string root) => IsEmpty ? [] : [$"Left out below {root}: {this}."];

    /// <summary>Kinds and counts, such as "2 .ipynb_checkpoints/, 1 Thumbs.db, 3 .txt"; "nothing" where there are none.</summary>
    public override string ToString()
    {
        if (IsEmpty) return "nothing";
        var named = string.Join(", ", _counts.Take(MostKinds).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Value} {c.Key}")));
        var more = _counts.Skip(MostKinds).Sum(c => c.Value);
        return more == 0 ? named : string.Create(CultureInfo.InvariantCulture, $"{named} and {more} others");
    }

    /// <summary>Extensions in lower case; the names that systems give are kinds of their own.</summary>
    private static string Kind(string name)
    {
        var extension = Path.GetExtension(name).ToLowerInvariant();
        return name.StartsWith(ForkPrefix, StringComparison.Ordinal) ? "._*"
            : ImageNames.IsPassedOver(name) ? name.LastIndexOf('.') > 0 && name[0] == '.' ? $"hidden {extension}" : name
            : extension.Length > 0 ? extension : "without extension";
    }
}
