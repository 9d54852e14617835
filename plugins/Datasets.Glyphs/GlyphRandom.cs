namespace Dml.Plugins;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014). Unlike those of the library its numbers can never change, and with only + - * / on top
/// they are the same on every machine.
/// </summary>
internal sealed class GlyphRandom
{
    private ulong _state;

    /// <summary>Starts a stream of its own for each key, so that no image depends on how many others there are.</summary>
    /// <param name="seed">The dataset's seed.</param>
    /// <param name="key">What the stream is for.</param>
    public GlyphRandom(long seed, params ReadOnlySpan<long> key)
    {
        _state = unchecked((ulong)seed);
        foreach (var part in key) _state = Next() ^ unchecked((ulong)part);
        _state = Next();
    }

    /// <summary>A number in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number in [minimum, maximum].</summary>
    public int Whole(int minimum, int maximum) => minimum + (int)(Uniform() * (maximum - minimum + 1));

    /// <summary>Mean 0, deviation 1: the sum of twelve uniform numbers, which needs no logarithm and stays within 6.</summary>
    public double Normal()
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++) sum += Uniform();
        return sum;
    }

    private ulong Next()
    {
        unchecked
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
