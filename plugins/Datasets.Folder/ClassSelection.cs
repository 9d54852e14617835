using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dml.Configuration;

namespace Dml.Plugins;

/// <summary>Finds the classes that a list of patterns means.</summary>
/// <param name="tree">The class folders.</param>
internal sealed partial class ClassSelection(ImageTree tree)
{
    private readonly IReadOnlyList<string> _names = [.. tree.Classes.Select(c => c.Name)];

    /// <summary>For each selected class, by its index in the tree, the first pattern that selects it.</summary>
    /// <param name="key">The option, for messages.</param>
    /// <param name="patterns">Its patterns.</param>
    /// <exception cref="DmlException">There is no pattern, or one selects nothing or a folder without images.</exception>
    public SortedDictionary<int, string> Select(string key, IReadOnlyList<string> patterns)
    {
        if (patterns.Count == 0)
        {
            throw new DmlException($"dataset.{key}: expected at least one pattern, found an empty list; name the {key} classes, "
                + $"such as \"{_names[0]}\" or \"0..{_names.Count - 1}\".");
        }

        var selected = new SortedDictionary<int, string>();
        foreach (var pattern in patterns)
        {
            foreach (var index in Matches(key, pattern)) selected.TryAdd(index, pattern);
        }

        return selected;
    }

    /// <summary>
    /// An exact class name comes first, then a folder above classes, then a range, then a glob, so that any folder name can be given as it is.
    /// </summary>
    private int[] Matches(string key, string pattern)
    {
        var name = pattern.TrimEnd('/');
        var exact = Enumerable.Range(0, _names.Count).Where(i => _names[i] == name).ToArray();
        if (exact.Length > 0) return exact;
        var range = RangePattern().Match(name);
        var isFolder = FoldersAbove().Contains(name) || tree.LeavesWithoutImages.ContainsKey(name);
        if (range.Success && !isFolder) return InRange(key, pattern, range);
        Func<string, bool> matches = isFolder ? n => n == name || n.StartsWith(name + "/", StringComparison.Ordinal) : Glob(name).IsMatch;
        if (tree.LeavesWithoutImages.FirstOrDefault(leaf => matches(leaf.Key)) is { Key: { } empty } leaf)
        {
            throw new DmlException($"dataset.{key}: expected images in every class folder that \"{pattern}\" selects, "
                + $"found none in {Path.Combine(tree.Root, empty)}, which holds {leaf.Value}; add its images, remove the folder or narrow the pattern.");
        }

        var indices = Enumerable.Range(0, _names.Count).Where(i => matches(_names[i])).ToArray();
        return indices.Length > 0 ? indices : throw new DmlException($"dataset.{key}: expected a pattern that selects classes, "
            + $"found \"{pattern}\", which selects none of the {_names.Count} in {tree.Root}; {Hint(name)}");
    }

    private int[] InRange(string key, string pattern, Match range)
    {
        var last = _names.Count - 1;
        if (!int.TryParse(range.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            || !int.TryParse(range.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            || from > to || to > last)
        {
            throw new DmlException($"dataset.{key}: expected a range of class indices within 0..{last} (both ends included), "
                + $"found \"{pattern}\" in {tree.Root}; correct its ends.");
        }

        return [.. Enumerable.Range(from, to - from + 1)];
    }

    private string Hint(string name) => NearestName.Find(name, [.. _names, .. FoldersAbove()]) is { } nearest
        ? $"did you mean \"{nearest}\"?"
        : $"the first classes are {string.Join(", ", _names.Take(3).Select(n => $"\"{n}\""))}.";

    private HashSet<string> FoldersAbove()
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in _names)
        {
            for (var slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1)) folders.Add(name[..slash]);
        }

        return folders;
    }

    /// <summary>* stands for any characters within a folder name, ? for one of them, ** for any number of folders.</summary>
    private static Regex Glob(string pattern)
    {
        var text = new StringBuilder("\\A");
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (rest.StartsWith("**/"))
            {
                text.Append("(?:.*/)?");
                i += 2;
            }
            else if (rest.StartsWith("**"))
            {
                text.Append(".*");
                i++;
            }
            else
            {
                text.Append(rest[0] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }

        // Without backtracking no pattern takes long, whatever stars it holds.
        return new(text.Append("\\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
    }

    [GeneratedRegex(@"\A([0-9]+)\.\.([0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex RangePattern();
}
