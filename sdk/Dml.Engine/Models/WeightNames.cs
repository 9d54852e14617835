namespace Dml.Engine.Models;

/// <summary>How the tensors of a file belong to a backbone.</summary>
/// <param name="Prefix">What stands before the backbone's names in the file, such as <c>module.0.base.</c>.</param>
/// <param name="Found">The file's name of each of the module's tensors that it has.</param>
/// <param name="LeftOut">Names in the file that the backbone leaves out on purpose, such as an ImageNet classifier.</param>
/// <param name="Unknown">Names in the file that belong to nothing in the backbone.</param>
/// <param name="Missing">Names of the module that the file lacks; counters of batch norm, which old files lack, are not among them.</param>
internal sealed record WeightNames(
    string Prefix, IReadOnlyDictionary<string, string> Found, IReadOnlyList<string> LeftOut, IReadOnlyList<string> Unknown, IReadOnlyList<string> Missing)
{
    private const string Counter = "num_batches_tracked";

    /// <summary>
    /// Matches names by rule: of each name, the longest part that begins after a dot (or at the start) and that the module knows votes
    /// for what stands before it; the prefix with most votes is taken off, the shortest of several.
    /// </summary>
    /// <param name="names">The file's names.</param>
    /// <param name="known">The module's names.</param>
    /// <param name="map">The module's name for a name without prefix; null for one that is left out on purpose.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="DmlException">Two names of the file stand for one of the module.</exception>
    public static WeightNames Match(IReadOnlyCollection<string> names, IReadOnlyCollection<string> known, Func<string, string?> map, string source)
    {
        var wanted = known.ToHashSet(StringComparer.Ordinal);
        var prefix = names.Select(PrefixOf).OfType<string>().CountBy(p => p, StringComparer.Ordinal)
            .OrderByDescending(p => p.Value).ThenBy(p => p.Key.Length).ThenBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Key).FirstOrDefault("");
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var (leftOut, unknown) = (new List<string>(), new List<string>());
        foreach (var name in names)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
            {
                unknown.Add(name);
            }
            else if (map(name[prefix.Length..]) is not { } target)
            {
                leftOut.Add(name);
            }
            else if (!wanted.Contains(target))
            {
                unknown.Add(name);
            }
            else if (!found.TryAdd(target, name))
            {
                throw new DmlException(
                    $"{source}: expected one tensor for the backbone's {target}, found {found[target]} and {name}; save the model's state_dict() alone.");
            }
        }

        return new(
            prefix, found, leftOut, unknown,
            [.. known.Where(k => !found.ContainsKey(k) && k != Counter && !k.EndsWith("." + Counter, StringComparison.Ordinal))]);

        string? PrefixOf(string name)
        {
            for (var start = 0; start >= 0 && start < name.Length;)
            {
                if (map(name[start..]) is { } target && wanted.Contains(target)) return name[..start];
                start = name.IndexOf('.', start) + 1;
                if (start == 0) break;
            }

            return null;
        }
    }

    /// <summary>Names for a message: the first few and how many there are.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        const int Shown = 8;
        return names.Count == 0 ? "none" : string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");
    }
}
