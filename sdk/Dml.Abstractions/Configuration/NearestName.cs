namespace Dml.Configuration;

/// <summary>Finds the valid name that a mistyped one is nearest to.</summary>
public static class NearestName
{
    /// <summary>A sentence about an unknown name: the nearest valid one, or all of them when none is near.</summary>
    /// <param name="what">What is named: "key", "loss plugin".</param>
    /// <param name="found">The unknown name.</param>
    /// <param name="valid">The valid names.</param>
    public static string Explain(string what, string found, IReadOnlyCollection<string> valid)
    {
        ArgumentNullException.ThrowIfNull(valid);
        var nearest = Find(found, valid);
        var hint = nearest is not null ? $"did you mean \"{nearest}\"?"
            : valid.Count == 0 ? "there is none to choose from."
            : $"valid: {string.Join(", ", valid.Order(StringComparer.Ordinal))}.";
        return $"unknown {what} \"{found}\"; {hint}";
    }

    /// <summary>The valid name within a third of the length (at least two edits), or null.</summary>
    /// <param name="found">The unknown name.</param>
    /// <param name="valid">The valid names.</param>
    public static string? Find(string found, IReadOnlyCollection<string> valid)
    {
        ArgumentNullException.ThrowIfNull(found);
        var limit = Math.Max(2, found.Length / 3);
        return valid.Select(name => (name, distance: Distance(found, name)))
            .Where(x => x.distance <= limit && x.distance < Math.Max(found.Length, x.name.Length))
            .OrderBy(x => x.distance).ThenBy(x => x.name, StringComparer.Ordinal)
            .Select(x => x.name).FirstOrDefault();
    }

    /// <summary>Levenshtein distance, ignoring case.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, substitute);
            }
        }

        return row[b.Length];
    }
}
