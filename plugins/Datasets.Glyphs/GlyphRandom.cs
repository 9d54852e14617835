using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>
/// The numbers that glyphs are drawn from: a stream of its own for each key. With only + - * / on top of <see cref="CounterRandom"/> they
/// are the same on every machine.
/// </summary>
internal sealed class GlyphRandom
{
    private readonly CounterRandom _random;

    /// <summary>Starts a stream of its own for each key, so that no image depends on how many others there are.</summary>
    /// <param name="seed">The dataset's seed.</param>
    /// <param name="key">What the stream is for.</param>
    public GlyphRandom(long seed, params ReadOnlySpan<long> key)
    {
        var state = unchecked((ulong)seed);
        foreach (var part in key) state = CounterRandom.Hash(state) ^ unchecked((ulong)part);
        _random = CounterRandom.FromState(CounterRandom.Hash(state));
    }

    /// <summary>A number in [0, 1).</summary>
    public double Uniform() => _random.NextUnit();

    /// <summary>A whole number in [minimum, maximum].</summary>
    public int Whole(int minimum, int maximum) => minimum + (int)(Uniform() * (maximum - minimum + 1));

    /// <summary>Mean 0, deviation 1: the sum of twelve uniform numbers, which needs no logarithm and stays within 6.</summary>
    public double Normal()
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++) sum += Uniform();
        return sum;
    }
}
