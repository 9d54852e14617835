namespace Dml.Host.Data;

/// <summary>Known label noise of a run.</summary>
/// <param name="Indices">Training indices that got a wrong label, ascending.</param>
/// <param name="TrueLabels">Their true labels, in the same order.</param>
internal sealed record KnownNoise(IReadOnlyList<int> Indices, IReadOnlyList<int> TrueLabels)
{
    public static KnownNoise None { get; } = new([], []);
}

/// <summary>
/// The published shift rule: <c>int(p N)</c> training indices drawn without replacement; each gets label y + 5 if that is a training
/// class, else y - 5 (numerics, section 3). The draw is that of the published code, so its noisy runs can be matched.
/// </summary>
internal static class LabelNoise
{
    private const int Shift = 5;

    /// <summary>Draws noise and applies it.</summary>
    /// <param name="labels">(N) training labels; changed in place.</param>
    /// <param name="classCount">C.</param>
    /// <param name="share">p.</param>
    /// <param name="seed">The run's seed; below 2^32 it is NumPy's seed.</param>
    /// <exception cref="DmlException">There are fewer than ten classes, where y - 5 would be negative.</exception>
    public static KnownNoise Apply(int[] labels, int classCount, double share, long seed)
    {
        var count = (int)(share * labels.Length);
        if (count == 0) return KnownNoise.None;
        if (classCount < 2 * Shift) throw new DmlException($"noise.share: expected at least {2 * Shift} training classes for labels shifted by {Shift}, found {classCount}; set noise.share to 0 or train on more classes.");
        var indices = new LegacyRandom(unchecked((uint)(seed ^ (seed >> 32)))).Permutation(labels.Length).Take(count).Order().ToArray();
        var trueLabels = indices.Select(i => labels[i]).ToArray();
        foreach (var i in indices) labels[i] += labels[i] + Shift < classCount ? Shift : -Shift;
        return new(indices, trueLabels);
    }
}
