using Dml.Numerics;

namespace Dml.Engine.Data;

/// <summary>
/// The published shift rule: each chosen training sample gets label y + 5 if that is a training class, else y - 5 (numerics, section 3); or any
/// other training class alike. Chosen are <c>int(p N)</c> samples drawn without replacement, or those of a given list.
/// </summary>
internal static class LabelNoise
{
    private const int Shift = 5;

    /// <summary>Separates this draw from the others of the same seed; epochs count up from 0.</summary>
    private const long Stream = -2;

    /// <summary>Separates the draw of uniform labels.</summary>
    private const long UniformStream = -3;

    /// <summary>Draws noise and applies it.</summary>
    /// <param name="labels">(N) training labels; changed in place.</param>
    /// <param name="classCount">C.</param>
    /// <param name="options">How much and by which draw, or which samples.</param>
    /// <param name="seed">The run's seed; below 2^32 it is NumPy's seed.</param>
    /// <exception cref="DmlException">
    /// There are fewer than ten classes, where y - 5 would be negative, or than two for uniform labels, or the given list has an index twice or beyond
    /// the samples.
    /// </exception>
    public static KnownNoise Apply(int[] labels, int classCount, NoiseOptions options, long seed)
    {
        if (options is { Indices: not null, Share: > 0 })
        {
            throw new DmlException("noise.share: expected 0 beside noise.indices, which says which samples get a wrong label, "
                + $"found {FormattableString.Invariant($"{options.Share}")}; leave one of the two out.");
        }

        var indices = options.Indices is { } given
            ? Check(given, labels.Length)
            : Draw(labels.Length, (int)(options.Share * labels.Length), options.Generator, seed);
        if (indices.Count == 0) return KnownNoise.None;
        RequireClasses(classCount, options);
        int[] trueLabels = [.. indices.Select(i => labels[i])];
        if (options.Kind == NoiseKind.Uniform) DrawLabels(labels, indices, classCount, seed);
        else foreach (var i in indices) labels[i] += labels[i] + Shift < classCount ? Shift : -Shift;
        return new(indices, trueLabels, options.Indices is not null ? "given" : options.Generator == NoiseGenerator.Numpy ? "numpy" : "system");
    }

    private static void RequireClasses(int classCount, NoiseOptions options)
    {
        var (least, labels) = options.Kind == NoiseKind.Uniform ? (2, "wrong labels") : (2 * Shift, $"labels shifted by {Shift}");
        if (classCount >= least) return;
        var (option, remedy) = options.Indices is null ? ("share", "set noise.share to 0") : ("indices", "leave noise.indices out");
        throw new DmlException(
            $"noise.{option}: expected at least {least} training classes for {labels}, found {classCount}; {remedy} or train on more classes.");
    }

    /// <summary>A sample's new label depends on its place in the dataset alone, not on which others are chosen.</summary>
    private static void DrawLabels(int[] labels, IReadOnlyList<int> indices, int classCount, long seed)
    {
        foreach (var i in indices) labels[i] = (labels[i] + 1 + new CounterRandom(seed, UniformStream, i).NextBelow(classCount - 1)) % classCount;
    }

    private static IReadOnlyList<int> Check(IReadOnlyList<int> indices, int sampleCount)
    {
        var seen = new HashSet<int>();
        foreach (var index in indices)
        {
            if (index < 0 || index >= sampleCount)
            {
                throw new DmlException($"noise.indices: expected indices of training samples from 0 to {sampleCount - 1}, found {index}; correct the list.");
            }

            if (!seen.Add(index)) throw new DmlException($"noise.indices: expected every training sample once, found {index} twice; correct the list.");
        }

        return indices;
    }

    private static int[] Draw(int sampleCount, int count, NoiseGenerator generator, long seed)
    {
        if (generator == NoiseGenerator.Numpy) return new LegacyRandom(unchecked((uint)(seed ^ (seed >> 32)))).Permutation(sampleCount)[..count];
        var random = new CounterRandom(seed, Stream, 0);
        var order = Enumerable.Range(0, sampleCount).ToArray();
        for (var i = 0; i < count; i++)
        {
            var j = i + random.NextBelow(sampleCount - i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order[..count];
    }
}
