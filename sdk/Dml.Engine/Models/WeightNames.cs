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

    /// <summary>Names in the file that belong to another model than the chosen one: its backbone, and what has the same prefix beside it.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>
    /// Matches names by rule: of each name, the longest part that begins after a dot (or at the start) and that the module knows votes
    /// for what stands before it. The prefix under which the module is complete is taken off, else the one with most votes.
    /// </summary>
    /// <param name="names">The file's names.</param>
    /// <param name="known">The module's names.</param>
    /// <param name="map">The module's name for a name without prefix; null for one that is left out on purpose.</param>
    /// <param name="source">The file, for messages.</param>
    /// <param name="chosen">The prefix to take, with or without its last dot; null to find it.</param>
    /// <param name="option">The option that chooses a prefix.</param>
    /// <exception cref="DmlException">
    /// The file holds the backbone more than once and none is chosen, the chosen one is not there, or two names stand for one of the module.
    /// </exception>
    public static WeightNames Match(
        IReadOnlyCollection<string> names, IReadOnlyCollection<string> known, Func<string, string?> map, string source, string? chosen = null,
        string option = "prefix")
    {
        var module = new Module([.. known], map);
        var towers = module.Towers(names);
        var prefix = chosen is null ? Only(towers, source, option) : Chosen(chosen, towers, names, source, option);
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
            else if (!module.Names.Contains(target))
            {
                unknown.Add(name);
            }
            else if (!found.TryAdd(target, name))
            {
                throw new DmlException(
                    $"{source}: expected one tensor for the backbone's {target}, found {found[target]} and {name}; save the model's state_dict() alone.");
            }
        }

        var others = Other(prefix, [.. towers.Where(t => t.IsLarge && t.Prefix != prefix).Select(t => t.Prefix)], unknown);
        return new(prefix, found, leftOut, [.. unknown.Except(others)], [.. known.Where(k => !found.ContainsKey(k) && !IsCounter(k))]) { Others = others };
    }

    /// <summary>
    /// Unknown names that stand outside of the prefix under which the backbone is complete: a head, a loss, an optimiser's state. Without a
    /// prefix, and where something is missing, there are none, since a name could then be the backbone's under another.
    /// </summary>
    public IReadOnlyList<string> Beside =>
        Missing.Count > 0 ? [] : [.. Unknown.Where(name => !name.StartsWith(Prefix, StringComparison.Ordinal))];

    /// <summary>What the user should know of a model that was left out; empty where there is none.</summary>
    /// <param name="source">The file.</param>
    public IReadOnlyList<string> Note(string source) =>
        Others.Count == 0 ? [] : [$"{source} holds another model, which was left out: {List(Others)}."];

    /// <summary>Names for a message: the first few and how many there are.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        const int Shown = 8;
        return names.Count == 0 ? "none" : string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");
    }

    /// <summary>The one prefix that can be meant: of the only complete backbone, else of the only large part of one, else of most names.</summary>
    private static string Only(IReadOnlyList<Tower> towers, string source, string option)
    {
        var candidates = towers.Where(t => t.IsComplete).ToList();
        if (candidates.Count == 0) candidates = [.. towers.Where(t => t.IsLarge)];
        if (candidates.Count <= 1) return (candidates.Count == 1 ? candidates : towers).Select(t => t.Prefix).FirstOrDefault("");
        throw new DmlException(
            null, "one backbone", $"{candidates.Count} {(candidates[0].IsComplete ? "complete ones" : "parts of one")}, under {Listed(candidates)}",
            $"choose with {Mention.Option(option, Name(candidates[0].Prefix))}, or another of these", source);
    }

    private static string Chosen(string chosen, IReadOnlyList<Tower> towers, IReadOnlyCollection<string> names, string source, string option)
    {
        var prefix = chosen.Length == 0 || chosen.EndsWith('.') ? chosen : chosen + ".";
        if (towers.Any(t => t.Prefix == prefix)) return prefix;
        throw new DmlException(
            null, $"tensors of the backbone under \"{prefix}\"", towers.Count > 0 ? $"them under {Listed(towers)}" : $"none in {List([.. names])}",
            $"choose another {Mention.Option(option)}", source);
    }

    private static string Listed(IReadOnlyList<Tower> towers) => List([.. towers.Select(t => $"\"{t.Prefix}\" ({t.Count} tensors)")]);

    /// <summary>The prefix as it is typed; no prefix at all is two quotes.</summary>
    private static string Name(string prefix) => prefix.Length == 0 ? "\"\"" : prefix.TrimEnd('.');

    /// <summary>
    /// Names that stand under the beginning of another tower's prefix, where it differs from the chosen one: of <c>model.backbone.</c> and
    /// <c>ema.backbone.</c> that is <c>ema.</c>, and <c>ema.head.weight</c> goes with it.
    /// </summary>
    private static List<string> Other(string prefix, IReadOnlyList<string> rivals, IReadOnlyList<string> names)
    {
        var (mine, theirs) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var rival in rivals)
        {
            var (own, other) = Stems(prefix, rival);
            mine.Add(own);
            theirs.Add(other);
        }

        return [.. names.Where(n => Longest(theirs, n) > Longest(mine, n))];

        static int Longest(HashSet<string> stems, string name) =>
            stems.Where(s => name.StartsWith(s, StringComparison.Ordinal)).Select(s => s.Length).DefaultIfEmpty(-1).Max();
    }

    /// <summary>Two prefixes without the parts that they end with alike.</summary>
    private static (string Own, string Other) Stems(string prefix, string rival)
    {
        string[] one = prefix.Split('.', StringSplitOptions.RemoveEmptyEntries), two = rival.Split('.', StringSplitOptions.RemoveEmptyEntries);
        var alike = 0;
        while (alike < Math.Min(one.Length, two.Length) && one[^(alike + 1)] == two[^(alike + 1)]) alike++;
        return (Joined(one[..^alike]), Joined(two[..^alike]));

        static string Joined(string[] parts) => string.Concat(parts.Select(p => p + "."));
    }

    private static bool IsCounter(string name) => name == Counter || name.EndsWith("." + Counter, StringComparison.Ordinal);

    /// <summary>A prefix under which tensors of the module stand.</summary>
    /// <param name="Prefix">The prefix.</param>
    /// <param name="Count">How many tensors of the module.</param>
    /// <param name="IsComplete">Whether none is missing.</param>
    /// <param name="IsLarge">Whether half of them are there, which no accident gives.</param>
    private sealed record Tower(string Prefix, int Count, bool IsComplete, bool IsLarge);

    /// <summary>The module's names, and how names of a file become them.</summary>
    private sealed class Module(HashSet<string> names, Func<string, string?> map)
    {
        private readonly int _needed = names.Count(n => !IsCounter(n));

        public HashSet<string> Names => names;

        /// <summary>All prefixes that names vote for, the one with most votes first, the shortest of several.</summary>
        public IReadOnlyList<Tower> Towers(IReadOnlyCollection<string> file)
        {
            var votes = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
            foreach (var name in file)
            {
                if (PrefixOf(name) is not var (prefix, target)) continue;
                if (!votes.TryGetValue(prefix, out var targets)) votes[prefix] = targets = new(StringComparer.Ordinal);
                targets.Add(target);
            }

            return [.. votes.OrderByDescending(v => v.Value.Count).ThenBy(v => v.Key.Length).ThenBy(v => v.Key, StringComparer.Ordinal).Select(v =>
            {
                var needed = v.Value.Count(target => !IsCounter(target));
                return new Tower(v.Key, v.Value.Count, needed == _needed, 2 * needed >= _needed);
            })];
        }

        private (string Prefix, string Target)? PrefixOf(string name)
        {
            for (var start = 0; start < name.Length;)
            {
                if (map(name[start..]) is { } target && names.Contains(target)) return (name[..start], target);
                start = name.IndexOf('.', start) + 1;
                if (start == 0) break;
            }

            return null;
        }
    }
}
