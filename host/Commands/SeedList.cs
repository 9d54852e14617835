using System.Globalization;

namespace Dml.Host.Commands;

/// <summary>The seeds of --seeds.</summary>
internal static class SeedList
{
    private const int Most = 1000;

    /// <summary>Reads A..B (both included) or A,B,C; null where the option is not given.</summary>
    /// <param name="text">The option's value.</param>
    /// <exception cref="DmlException">It is neither, or a seed comes twice.</exception>
    public static IReadOnlyList<long?>? Parse(string? text)
    {
        if (text is null) return null;
        var ends = text.Split("..");
        if (ends.Length == 2 && Number(ends[0], out var first) && Number(ends[1], out var last) && last >= first && last - first < Most)
        {
            return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (long?)(first + i))];
        }

        var seeds = new List<long?>();
        foreach (var part in text.Split(','))
        {
            if (!Number(part, out var seed) || seeds.Contains(seed))
            {
                throw new DmlException($"--seeds: expected A..B with at most {Most} seeds, or different seeds A,B,C, found \"{text}\".");
            }

            seeds.Add(seed);
        }

        return seeds;
    }

    private static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
